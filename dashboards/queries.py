"""How the overview asks for series: of the service that was chosen, and no other."""

WHERE = 'job=~"$job", instance=~"$instance", namespace=~"$namespace", service=~"$service"'


def of(metric, *labels):
    """outrider_x{job=~"$job", …, label="value"}"""
    return f"outrider_{metric}{{{', '.join((WHERE, *labels))}}}"


def rate(metric, by, *labels):
    return f"sum by ({by}) (rate({of(metric, *labels)}[$__rate_interval]))"


def increase(metric, by, *labels):
    return f"sum by ({by}) (increase({of(metric, *labels)}[$__rate_interval]))"


def quantile(share, metric, by):
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({of(metric + '_bucket')}[$__rate_interval])))"


def one_of(metric, label, by, values):
    """One number for which of a metric's 0/1 series is 1, so that a state timeline can colour it."""
    return f"max by ({by}) (" + " or ".join(
        f'{number} * ({of(metric, f"{label}={chr(34)}{value}{chr(34)}")} == 1)' for value, number in values) + ")"
