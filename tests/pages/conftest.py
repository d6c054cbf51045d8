import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "dashboards"), str(ROOT / "alerts"), str(ROOT / "tests" / "tidy")]
