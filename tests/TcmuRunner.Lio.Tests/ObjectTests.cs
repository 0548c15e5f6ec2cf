// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.Tests;

/// <summary>Objects make kernel objects, attach to them, and read and write them at once.</summary>
public sealed class ObjectTests : LioTest
{
    [Fact]
    public void What_rtslibs_guide_does_works_step_by_step()
    {
        var storage = new FileIoStorageObject(Root, "test1", TemporaryPath("test.img"), 100_000_000);
        Assert.Equal(StorageStatus.Deactivated, storage.Status);
        Assert.Equal(100_000_000, new FileInfo(TemporaryPath("test.img")).Length);

        FabricModule iscsi = Root.Fabric("iscsi");
        var target = new Target(iscsi);
        Assert.Matches(@"^iqn\.2003-01\.org\.linux-iscsi\.[a-z0-9-]+\.[a-z0-9]+:sn\.[0-9a-f]{12}$", target.Wwn);
        var tpg = new Tpg(target, 1);
        var portal = new NetworkPortal(tpg, "0.0.0.0", 3260);
        var lun = new Lun(tpg, 0, storage);
        Assert.Equal(StorageStatus.Activated, storage.Status);
        var acl = new NodeAcl(tpg, "iqn.2004-03.com.example.foo:0987");
        var mapped = new MappedLun(acl, 5, lun);

        Assert.Equal(target, tpg.Target);
        Assert.Equal("iscsi", tpg.Target.FabricModule.Name);
        Assert.Equal([target], iscsi.Targets);
        Assert.Equal([storage], Root.StorageObjects);
        Assert.Equal([acl], Root.NodeAcls);
        Assert.Equal([portal], Root.NetworkPortals);
        Assert.Equal([mapped], Root.MappedLuns);
        Assert.Equal([lun], storage.AttachedLuns);
        Assert.Equal([mapped], lun.MappedLuns);
        Assert.Equal(storage, lun.StorageObject);
        Assert.Equal(lun, mapped.Lun);
        Assert.Equal("""{"index":5,"tpg_lun":0,"write_protect":false}""", Without(mapped.Dump(), "alias"));
        Assert.Equal($"iscsi/{target.Wwn}/tpg1/iqn.2004-03.com.example.foo:0987/lun5", mapped.ToString());
    }

    [Fact]
    public void Constructing_again_attaches_to_what_is_there()
    {
        Tpg tpg = NewTpg();
        var again = new Tpg(new Target(Root.Fabric("iscsi"), "iqn.2003-01.org.example:t1"), 1);
        _ = new NodeAcl(tpg, "iqn.2004-03.com.example:a");

        Assert.Equal(tpg, again);
        Assert.Equal("iqn.2004-03.com.example:a", new NodeAcl(again, "IQN.2004-03.com.example:A").Initiator);
        Fails(LioErrorKind.AlreadyExists, () => _ = new NodeAcl(again, "iqn.2004-03.com.example:a", ObjectMode.Create));
        Fails(LioErrorKind.NotFound, () => _ = new NodeAcl(again, "iqn.2004-03.com.example:b", ObjectMode.Attach));
        Fails(LioErrorKind.NotFound, () => _ = new Target(Root.Fabric("iscsi"), "iqn.2003-01.org.example:t2", ObjectMode.Attach));
    }

    [Fact]
    public void Numbers_that_are_not_given_are_the_lowest_free_ones()
    {
        Tpg tpg = NewTpg();
        UserStorageObject disk = NewDisk();
        _ = new Lun(tpg, 0, disk);
        _ = new Lun(tpg, 2, disk);

        Assert.Equal(1, new Lun(tpg, null, disk).Number);
        Assert.Equal(3, new Lun(tpg, null, disk).Number);
        Assert.Equal(2, new Tpg(tpg.Target).Tag);
        Assert.EndsWith("/user_0/disk1", disk.Path, StringComparison.Ordinal);
        Assert.EndsWith("/rd_mcp_1/ram", new RamDiskStorageObject(Root, "ram", 4096).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_is_written_at_once_and_read_again_each_time()
    {
        Tpg tpg = NewTpg();
        UserStorageObject disk = NewDisk();

        tpg.Attributes["authentication"] = "1";
        tpg.Enabled = true;
        disk.SizeBytes = 2 << 20;
        disk.Wwn = "11111111-2222-3333-4444-555555555555";
        File.WriteAllText(tpg.Path + "/attrib/generate_node_acls", "1\n");

        Assert.Equal("1", File.ReadAllText(tpg.Path + "/attrib/authentication").Trim());
        Assert.Equal(1, tpg.Attributes.GetNumber("generate_node_acls"));
        Assert.True(new Tpg(tpg.Target, 1).Enabled);
        Assert.Equal(2 << 20, new UserStorageObject(Root, "disk1").SizeBytes);
        Assert.Equal("11111111-2222-3333-4444-555555555555", new UserStorageObject(Root, "disk1").Wwn);
    }

    [Fact]
    public void A_user_disk_tells_what_it_was_made_with()
    {
        var disk = new UserStorageObject(Root, "disk1", "file//srv/a b Size: 5;x", 1 << 20, hwMaxSectors: 256, control: "max_data_area_mb=64");

        Assert.Equal("file//srv/a b Size: 5;x", disk.Configuration);
        Assert.Equal(1 << 20, disk.SizeBytes);
        Assert.Equal(256, disk.HwMaxSectors);
        Assert.Equal("max_data_area_mb=64,hw_block_size=512,data_pages_per_blk=1", disk.ControlSettings);
        Assert.Equal("user/disk1", disk.ToString());
        Assert.Equal("/backstores/user/disk1", disk.SavedPath);
    }

    [Fact]
    public void A_ramdisk_has_whole_pages()
    {
        Assert.Equal(8192, new RamDiskStorageObject(Root, "ram1", 8000).SizeBytes);
        Assert.Equal(4096, new RamDiskStorageObject(Root, "ram2", 1).SizeBytes);
        Assert.True(new RamDiskStorageObject(Root, "ram3", 4096, keepsNothing: true).KeepsNothing);
    }

    [Fact]
    public void A_scsi_device_is_passed_through_by_its_address()
    {
        var device = new PscsiStorageObject(Root, "dvd", "2:0:0:1");

        Assert.Equal("ATA", device.Vendor);
        Assert.Equal("QEMU DVD-ROM", device.Model);
        Assert.Equal("2.5+", device.Revision);
        Assert.False(device.SupportsAlua);
        Assert.Contains($"write {Path.GetRelativePath(Files.Target, device.Path)}/control", Files.Log);
        Fails(LioErrorKind.NotSupported, () => device.Wwn = "x");
    }

    [Fact]
    public void A_local_initiator_is_named_where_the_fabric_needs_one()
    {
        var tpg = new Tpg(new Target(Root.Fabric("loopback"), "naa.5001405012345678"), 1);

        Assert.StartsWith("naa.5001405", tpg.Nexus, StringComparison.Ordinal);
        Assert.True(tpg.Enabled);
        Assert.Equal(tpg.Nexus, new Tpg(tpg.Target, 1).Nexus);
        Fails(LioErrorKind.NotSupported, () => _ = new Tpg(tpg.Target, 2));
        Fails(LioErrorKind.NotSupported, () => _ = new NetworkPortal(tpg, "127.0.0.1"));
        Fails(LioErrorKind.NotSupported, () => _ = new NodeAcl(tpg, "naa.5001405012345679"));
    }

    [Fact]
    public void Chap_is_set_both_ways_and_taken_back()
    {
        ChapCredentials chap = new NodeAcl(NewTpg(), "iqn.2004-03.com.example:a").Authentication;

        (chap.UserId, chap.Password, chap.MutualUserId, chap.MutualPassword) = ("in", "secret of 12", "out", "other secret");
        Assert.Equal(("in", "secret of 12", "out", "other secret"), (chap.UserId, chap.Password, chap.MutualUserId, chap.MutualPassword));
        chap.Clear();
        Assert.Equal(("", "", "", ""), (chap.UserId, chap.Password, chap.MutualUserId, chap.MutualPassword));
        Fails(LioErrorKind.Invalid, () => chap.Password = "NULL");
        Fails(LioErrorKind.Invalid, () => chap.Password = new string('x', 256));
        Fails(LioErrorKind.Invalid, () => chap.Password = "a\nb");
    }

    [Fact]
    public void An_alua_group_holds_its_state_and_its_luns()
    {
        UserStorageObject disk = NewDisk();
        var group = new AluaTargetPortGroup(disk, "second", 2);
        var lun = new Lun(NewTpg(), 0, disk);

        Assert.Equal(AluaTargetPortGroup.DefaultName, lun.AluaGroup);
        lun.AluaGroup = "second";
        group.AccessState = AluaAccessState.Standby;
        group["alua_access_type"] = 1;

        Assert.Equal("second", lun.AluaGroup);
        Assert.Equal((2, AluaAccessState.Standby, 1), (group.Id, group.AccessState, group["alua_access_type"]));
        Assert.Equal(["default_tg_pt_gp", "second"], Root.AluaTargetPortGroups.Select(each => each.Name));
        Fails(LioErrorKind.NotFound, () => lun.AluaGroup = "third");
        Fails(LioErrorKind.AlreadyExists, () => _ = new AluaTargetPortGroup(disk, "second", 3));
        Fails(LioErrorKind.Invalid, () => _ = new AluaTargetPortGroup(disk, "a/b", 3));
        Fails(LioErrorKind.NotSupported, () => new AluaTargetPortGroup(disk, "default_tg_pt_gp").Delete());
    }

    [Fact]
    public void A_session_is_read_from_the_kernels_text()
    {
        var acl = new NodeAcl(NewTpg(), "iqn.2004-03.com.example:a");
        Assert.Null(acl.Session);
        File.WriteAllText(acl.Path + "/info", """
            InitiatorName: iqn.2004-03.com.example:a
            InitiatorAlias: host a
            LIO Session ID: 7   ISID: 0x00 02 3d 00 00 00  TSIH: 3  SessionType: Normal
            Session State: TARG_SESS_STATE_LOGGED_IN
            ---------------------[iSCSI Session Values]-----------------------
              CmdSN/WR  :  CmdSN/WC  :  ExpCmdSN  :  MaxCmdSN  :     ITT    :     TTT
             0x00000040   0x00000040   0x0000001b   0x0000005a   0x00000000   0x00000000
            ----------------------[iSCSI Connections]-------------------------
            CID: 0  Connection State: TARG_CONN_STATE_LOGGED_IN
               Address 192.0.2.7 TCP  StatSN: 0x0000001b
            """);

        Session session = Assert.Single(Root.Sessions);

        Assert.Equal((7, "Normal", "LOGGED_IN", "host a"), (session.Id, session.Type, session.State, session.Alias));
        Assert.Equal([new SessionConnection(0, "LOGGED_IN", "192.0.2.7", "TCP")], session.Connections);
    }

    [Fact]
    public void A_fabric_is_loaded_when_the_first_target_needs_it()
    {
        FabricModule vhost = Root.Fabric("vhost");
        Assert.Same(vhost, Root.Fabric("vhost"));
        Assert.False(vhost.Exists);
        Assert.Empty(vhost.Targets);

        _ = new Target(vhost);

        Assert.Equal(["vhost_scsi"], System.Asked);
        Assert.True(vhost.Exists);
        LioException exception = Fails(LioErrorKind.NotAvailable, () => _ = new Target(Root.Fabric("xen-pvscsi")));
        Assert.Contains("xen_scsiback", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_of_adapters_have_the_adapters_names()
    {
        string sys = Files.Base + "/sys";
        Directory.CreateDirectory(sys + "/devices/pci/host7/fc_host/host7");
        Directory.CreateDirectory(sys + "/class/fc_host");
        Directory.CreateDirectory(sys + "/bus/qla2xxx");
        File.WriteAllText(sys + "/devices/pci/host7/fc_host/host7/port_name", "0x2100001b32012345\n");
        File.CreateSymbolicLink(sys + "/devices/pci/driver", sys + "/bus/qla2xxx");
        File.CreateSymbolicLink(sys + "/class/fc_host/host7", sys + "/devices/pci/host7/fc_host/host7");
        Files.Loaded.Add("qla2xxx");
        FabricModule fabric = Root.Fabric("qla2xxx");

        Assert.Equal(["naa.2100001b32012345"], fabric.HardwareNames);
        Assert.Equal("21:00:00:1b:32:01:23:45", Path.GetFileName(new Target(fabric, "21:00:00:1B:32:01:23:45").Path));
        Assert.Contains("naa.2100001b32012345", Fails(LioErrorKind.Invalid, () => _ = new Target(fabric)).Message, StringComparison.Ordinal);
        Fails(LioErrorKind.Invalid, () => _ = new Target(fabric, "naa.2100001b32012346"));
        Assert.Equal("naa.2100001b32012345", Assert.Single(fabric.Targets).Wwn);
    }

    [Fact]
    public void Reservations_that_outlive_a_restart_are_given_back_to_the_kernel()
    {
        Directory.CreateDirectory(Files.Base + "/db/pr");
        File.WriteAllText(
            Files.Base + "/db/pr/aptpl_11111111-2222-3333-4444-555555555555",
            "PR_REG_START: 0\ninitiator_fabric=iSCSI\nsa_res_key=0x0000000000000abc\nPR_REG_END: 0\n");

        var disk = new UserStorageObject(Root, "disk1", "file//x", 4096, "11111111-2222-3333-4444-555555555555");

        Assert.Equal("initiator_fabric=iSCSI,sa_res_key=0x0000000000000abc", File.ReadAllText(disk.Path + "/pr/res_aptpl_metadata").Trim());
    }

    private static string Without(global::System.Text.Json.Nodes.JsonObject dump, string key)
    {
        dump.Remove(key);
        return Sorted(dump);
    }
}
