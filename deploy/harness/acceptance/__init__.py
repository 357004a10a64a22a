"""The acceptance scenarios, by name."""

from .backpressure import backpressure
from .bad_input import bad_input
from .board import board
from .handbook import backtest, full, golden, replay, reproduce
from .healthy import healthy
from .http import http
from .kill import kill
from .rebalance import rebalance
from .recovery import recovery

SCENARIOS = {
    "golden": golden, "backtest": backtest, "full": full, "replay": replay, "kill": kill, "bad-input": bad_input,
    "board": board, "http": http, "healthy": healthy, "recovery": recovery, "rebalance": rebalance,
    "backpressure": backpressure, "reproduce": reproduce,
}
