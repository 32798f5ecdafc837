"""Delivery: released files go where `destinations.yml` says, each content once.

`deliver_released` sends what has not been sent, parcel by parcel; `places` are where they go, and
`arrivals` remember what has arrived there.
"""

from orchestration.exports.delivery.arrivals import arrived
from orchestration.exports.delivery.deliver import Delivered, deliver_released, undelivered

__all__ = ["Delivered", "arrived", "deliver_released", "undelivered"]
