# SPDX-License-Identifier: Apache-2.0
"""rtslib-fb's side of the cases about TcmuRunner.Lio: the same words as the driver's."""
import json
import os
import sys
import time

from rtslib_fb import (
    LUN, TPG, BlockStorageObject, FabricModule, FileIOStorageObject, MappedLUN, NetworkPortal, NodeACL,
    PSCSIStorageObject, RDMCPStorageObject, RTSRoot, Target, UserBackedStorageObject)
from rtslib_fb.alua import ALUATargetPortGroup


def ordered(node):
    """Lists sorted by content: the order of a directory says nothing."""
    if isinstance(node, dict):
        return {key: ordered(value) for key, value in node.items()}
    if isinstance(node, list):
        return sorted((ordered(item) for item in node), key=lambda item: json.dumps(item, sort_keys=True))
    return node


def text(node):
    return json.dumps(ordered(node), sort_keys=True, indent=1)


def build(image, config, block, scsi):
    file = FileIOStorageObject("f1", image, 64 << 20, write_back=True)
    ram = RDMCPStorageObject("r1", 1 << 20)
    disk = BlockStorageObject("b1", block)
    PSCSIStorageObject("p1", scsi)
    user = UserBackedStorageObject("u1", config, 16 << 20, control="max_data_area_mb=64")
    group = ALUATargetPortGroup(file, "second", 2)
    group.alua_access_state = 1
    iscsi = FabricModule("iscsi")
    tpg = TPG(Target(iscsi, "iqn.2003-01.org.example:rtslib"), 1)
    NetworkPortal(tpg, "127.0.0.1", 3260)
    NetworkPortal(tpg, "[::1]", 3261)
    lun = LUN(tpg, 0, file)
    lun.alua_tg_pt_gp_name = "second"
    LUN(tpg, 1, user)
    acl = NodeACL(tpg, "iqn.2004-03.com.example:a")
    acl.chap_userid, acl.chap_password = "in", "secret of 12"
    MappedLUN(acl, 5, lun, True)
    tpg.enable = True
    iscsi.discovery_userid, iscsi.discovery_password = "disc", "discovery secret"
    iscsi.discovery_enable_auth = True
    LUN(TPG(Target(FabricModule("loopback")), 1), 0, ram)
    LUN(TPG(Target(FabricModule("vhost")), 1), 0, disk)


def many(count, directory):
    begin = time.time()
    tpg = TPG(Target(FabricModule("iscsi")), 1)
    acl = NodeACL(tpg, "iqn.2004-03.com.example:a")
    for number in range(count):
        lun = LUN(tpg, number, FileIOStorageObject("m%d" % number, "%s/m%d.img" % (directory, number), 1 << 20))
        if number < 256:
            MappedLUN(acl, number, lun)
    print("rtslib made %d in %.1f s" % (count, time.time() - begin))


os.makedirs("/etc/rtslib-fb-target", exist_ok=True)
root = RTSRoot()
command, arguments = sys.argv[1], sys.argv[2:]
if command == "build":
    build(*arguments)
elif command == "same":
    # Both tools' dumps of the same kernel, ours on standard input.
    ours, theirs = text(json.load(sys.stdin)), text(root.dump())
    if ours != theirs:
        for name, dump in (("ours", ours), ("theirs", theirs)):
            with open("%s/%s" % (os.environ["CASE_DIR"], name), "w") as file:
                file.write(dump)
        sys.exit("the dumps differ")
elif command == "save":
    root.save_to_file(arguments[0])
elif command == "restore":
    errors = root.restore_from_file(arguments[0])
    sys.exit("\n".join(errors) if errors else 0)
elif command == "same-files":
    ours, theirs = (text(json.load(open(name))) for name in arguments)
    sys.exit(0 if ours == theirs else "the files differ")
elif command == "clear":
    root.clear_existing(confirm=True)
elif command == "empty":
    sys.exit(0 if not list(root.storage_objects) and not list(root.targets) else "something is left")
elif command == "many":
    many(int(arguments[0]), arguments[1])
