"""Delivery: released files go where `destinations.yml` says, each content once.

`deliver_released` sends what has not been sent; `places` are where it goes.
"""

from orchestration.exports.delivery.deliver import Delivered, deliver_released, undelivered

__all__ = ["Delivered", "deliver_released", "undelivered"]
