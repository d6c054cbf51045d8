"""Ports for the servers of tests."""
import random
import socket

_dice = random.SystemRandom()


def free_port():
    """Below those that the kernel gives to outgoing connections: none of them takes it between this look and its use."""
    while True:
        port = _dice.randrange(10_000, 32_000)
        with socket.socket() as door:
            try:
                door.bind(('127.0.0.1', port))
            except OSError:
                continue
        return port
