# SPDX-License-Identifier: Apache-2.0
"""ALUA groups as gluster-block and ceph-iscsi make them, and ceph-iscsi's own device, by rtslib-fb."""
from rtslib_fb import RTSRoot, UserBackedStorageObject
from rtslib_fb.alua import ALUATargetPortGroup

(gluster,) = [o for o in RTSRoot().storage_objects if o.plugin == "user" and o.name == "gb"]
assert gluster.config == "file//scratch/gb.img;tcmur_cmd_time_out=43", gluster.config
assert gluster.wwn == "11111111-2222-3333-4444-555555555555", gluster.wwn
assert gluster.get_attribute("cmd_time_out") == "130"
for name, tag, state in (("glfs_tg_pt_gp_ao", 1, 0), ("glfs_tg_pt_gp_ano", 2, 1)):
    group = ALUATargetPortGroup(gluster, name, tag)
    group.alua_access_type = 1
    group.alua_access_state = state
    group.alua_support_offline = 0
    group.alua_support_standby = 0
    group.alua_support_unavailable = 0
    # rtslib gives the type back as a number: 1 is Implicit.
    assert (group.tg_pt_gp_id, group.alua_access_state, group.alua_access_type) == (tag, state, 1), name

ceph = UserBackedStorageObject(
    name="pool.image", config="file//scratch/ceph.img", size=1 << 24, wwn="66666666-2222-3333-4444-555555555555",
    hw_max_sectors=1024, control="max_data_area_mb=8")
ceph.set_attribute("cmd_time_out", 0)
ceph.set_attribute("qfull_time_out", 5)
group = ALUATargetPortGroup(ceph, "ao", 1)
group.alua_access_type = 1
group.alua_support_offline = 0
group.alua_support_unavailable = 0
group.alua_support_transitioning = 1
group.nonop_delay_msecs = 0
assert ceph.size == 1 << 24 and ceph.get_attribute("hw_max_sectors") == "1024"
ceph.set_attribute("dev_size", 1 << 25)
assert ceph.get_attribute("dev_size") == str(1 << 25)
