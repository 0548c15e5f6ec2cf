# SPDX-License-Identifier: Apache-2.0
"""What targetcli does beneath its shell: create, export, save, clear, restore, delete, by rtslib-fb."""
import sys

from rtslib_fb import LUN, TPG, FabricModule, RTSRoot, Target, UserBackedStorageObject

config, size, saved, daemon = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]


def user_backed():
    return [o for o in RTSRoot().storage_objects if o.plugin == "user"]


storage = UserBackedStorageObject("rts", config, size)
assert storage.size == size, storage.size
assert storage.config == config, storage.config
if daemon == "ours":
    # restoreconfig writes every attribute back, the write cache among them.
    cache = storage.get_attribute("emulate_write_cache")
    storage.set_attribute("emulate_write_cache", cache)
target = Target(FabricModule("loopback"), "naa.6001405fffffffff")
LUN(TPG(target, 1), 0, storage)

RTSRoot().save_to_file(saved)
wwn = storage.wwn
RTSRoot().clear_existing(confirm=True)
assert not user_backed(), "clear_existing left something"

errors = RTSRoot().restore_from_file(saved)
# The C qcow handler refuses emulate_write_cache, which restoreconfig reports.
assert not errors or daemon == "c", errors
(storage,) = user_backed()
assert storage.wwn == wwn, (storage.wwn, wwn)
assert storage.status == "activated", storage.status
RTSRoot().clear_existing(confirm=True)
assert not user_backed(), "delete left something"
