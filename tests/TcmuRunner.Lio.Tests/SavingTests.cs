// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio.Tests;

/// <summary>Saved files: what is written, what comes back, what is refused.</summary>
public sealed class SavingTests : LioTest
{
    private string SaveFile => TemporaryPath("saveconfig.json");

    [Fact]
    public void What_is_saved_comes_back_as_it_was()
    {
        BuildSomething();
        string before = Sorted(Root.Dump());

        Root.Save(SaveFile);
        Root.Clear();
        Assert.Empty(Root.StorageObjects);
        IReadOnlyList<string> problems = Root.Restore(SaveFile);

        Assert.Empty(problems);
        Assert.Equal(before, Sorted(Root.Dump()));
        Assert.False(File.Exists(SaveFile + ".new"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? 0 : File.GetUnixFileMode(SaveFile));
    }

    [Fact]
    public void A_file_of_targetcli_is_understood()
    {
        // As rtslib-fb 2.1.75 writes it on Debian 12, shortened.
        JsonObject saved = Parse("""
            {
              "fabric_modules": [ { "name": "iscsi", "discovery_enable_auth": true, "discovery_userid": "d", "discovery_password": "discovery-word" } ],
              "storage_objects": [
                { "alua_tpgs": [ { "alua_access_state": 0, "alua_access_status": 0, "alua_access_type": 3, "name": "default_tg_pt_gp", "preferred": 0, "tg_pt_gp_id": 0 } ],
                  "attributes": { "cmd_time_out": 60, "emulate_write_cache": 1, "dev_size": 4096 },
                  "config": "file//srv/a.img", "control": "max_data_area_mb=64,hw_block_size=512,data_pages_per_blk=1",
                  "hw_max_sectors": 128, "name": "a", "plugin": "user", "size": 1048576, "wwn": "b1cf97d8-0000-4000-8000-000000000001" },
                { "attributes": {}, "name": "r", "plugin": "rd_mcp", "size": 8192, "wwn": "b1cf97d8-0000-4000-8000-000000000002" } ],
              "targets": [
                { "fabric": "iscsi", "wwn": "iqn.2003-01.org.example:t1", "tpgs": [
                  { "attributes": { "authentication": 1 }, "parameters": { "MaxConnections": "2" }, "tag": 1,
                    "luns": [ { "alias": "0f440c8295", "alua_tg_pt_gp_name": "default_tg_pt_gp", "index": 0, "storage_object": "/backstores/user/a" } ],
                    "node_acls": [ { "attributes": { "nopin_timeout": 20 }, "chap_userid": "u", "chap_password": "p4ssw0rd-long",
                      "mapped_luns": [ { "alias": "aa", "index": 3, "tpg_lun": 0, "write_protect": true } ], "node_wwn": "iqn.2004-03.com.example:a" } ],
                    "portals": [ { "ip_address": "0.0.0.0", "iser": false, "offload": false, "port": 3260 } ] } ] } ]
            }
            """);

        Assert.Empty(Root.Restore(saved));

        var disk = new UserStorageObject(Root, "a");
        Assert.Equal(("60", "1", 1 << 20), (disk.Attributes["cmd_time_out"], disk.Attributes["emulate_write_cache"], disk.SizeBytes));
        Assert.Equal("max_data_area_mb=64,hw_block_size=512,data_pages_per_blk=1", disk.ControlSettings);
        Tpg tpg = Assert.Single(Root.Tpgs);
        Assert.Equal((true, "1", "2"), (tpg.Enabled, tpg.Attributes["authentication"], tpg.Parameters["MaxConnections"]));
        MappedLun mapped = Assert.Single(Root.MappedLuns);
        Assert.Equal((3, true, "aa"), (mapped.Number, mapped.IsWriteProtected, mapped.Alias));
        Assert.Equal(("u", "p4ssw0rd-long", "20"), (mapped.NodeAcl.Authentication.UserId, mapped.NodeAcl.Authentication.Password, mapped.NodeAcl.Attributes["nopin_timeout"]));
        FabricModule iscsi = Root.Fabric("iscsi");
        Assert.Equal((true, "d", "discovery-word"), (iscsi.DiscoveryAuthenticationEnforced, iscsi.DiscoveryAuthentication.UserId, iscsi.DiscoveryAuthentication.Password));
        Assert.Equal("naa", new Target(Root.Fabric("loopback")).Wwn[..3]);
    }

    [Fact]
    public void What_cannot_be_restored_is_told_and_the_rest_is_restored()
    {
        JsonObject saved = Parse("""
            { "storage_objects": [ { "plugin": "user", "name": "a", "config": "file//a", "size": 4096, "attributes": { "colour": 1, "emulate_tas": 0 } } ],
              "targets": [ { "fabric": "iscsi", "wwn": "iqn.2003-01.org.example:t1", "tpgs": [ { "tag": 1, "luns": [
                { "index": 0, "storage_object": "/backstores/user/missing" }, { "index": 1, "storage_object": "/backstores/user/a" } ] } ] } ] }
            """);

        IReadOnlyList<string> problems = Root.Restore(saved);

        Assert.Equal(2, problems.Count);
        Assert.Equal("user/a: this kernel has no 'colour'.", problems[0]);
        Assert.Equal("There is no storage object user/missing.", problems[1]);
        Assert.Equal("0", new UserStorageObject(Root, "a").Attributes["emulate_tas"]);
        Assert.Equal([1], Root.Luns.Select(lun => lun.Number));
    }

    [Theory]
    [InlineData("""{ "storage_objects": [ { "plugin": "user", "config": "file//a", "size": 1 } ] }""", "storage_objects[0]: 'name' is missing.")]
    [InlineData("""{ "storage_objects": [ { "plugin": "usr", "name": "a" } ] }""", "storage_objects[0]: there is no kind of storage object 'usr'.")]
    [InlineData("""{ "storage_objects": [ { "plugin": "user", "name": "a", "config": "file//a" } ] }""", "storage_objects[0]: 'size' is missing.")]
    [InlineData("""{ "storage_objects": [ { "plugin": "user", "name": "a", "config": "file//a", "size": "much" } ] }""", "storage_objects[0]: 'size' is much, not a number.")]
    [InlineData("""{ "storage_objects": [ 1 ] }""", "storage_objects[0] is not an object.")]
    [InlineData("""{ "targets": {} }""", "The configuration: 'targets' is not a list.")]
    [InlineData("""{ "targets": [ { "fabric": "usb", "wwn": "x" } ] }""", "targets[0]: there is no fabric 'usb'.")]
    [InlineData("""{ "targets": [ { "fabric": "iscsi", "wwn": "iqn.2003-01.org.example:t", "tpgs": [ { "luns": [] } ] } ] }""", "targets[0].tpgs[0]: 'tag' is missing.")]
    [InlineData("""{ "targets": [ { "fabric": "iscsi", "wwn": "iqn.2003-01.org.example:t", "tpgs": [ { "tag": 1, "luns": [ { "index": 0, "storage_object": "a" } ] } ] } ] }""", "targets[0].tpgs[0].luns[0]: 'storage_object' is a, not /backstores/KIND/NAME.")]
    [InlineData("""{ "targets": [ { "fabric": "iscsi", "wwn": "iqn.2003-01.org.example:t", "tpgs": [ { "tag": 1, "portals": [ { "ip_address": "host", "port": 1 } ] } ] } ] }""", "targets[0].tpgs[0].portals[0]: 'host' is not an IP address.")]
    [InlineData("""{ "targets": [ { "fabric": "iscsi", "wwn": "iqn.2003-01.org.example:t", "tpgs": [ { "tag": 1 }, { "tag": 1 } ] } ] }""", "targets[0].tpgs[1]: 1 is there twice.")]
    public void A_file_that_cannot_be_understood_changes_nothing(string json, string expected)
    {
        NewDisk();
        int before = Files.Log.Count;

        LioException exception = Fails(LioErrorKind.SavedFile, () => Root.Restore(Parse(json)));

        Assert.Equal(expected, exception.Message);
        Assert.Equal(before, Files.Log.Count);
    }

    [Fact]
    public void A_file_that_is_not_there_or_not_json_is_named()
    {
        File.WriteAllText(SaveFile, "{ not json");

        Assert.Contains(SaveFile, Fails(LioErrorKind.SavedFile, () => Root.Restore(SaveFile)).Message, StringComparison.Ordinal);
        Assert.Contains("missing.json", Fails(LioErrorKind.NotFound, () => Root.Restore(TemporaryPath("missing.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_overwritten_when_that_is_not_allowed()
    {
        BuildSomething();
        JsonObject saved = Root.Dump();

        LioException exception = Fails(LioErrorKind.AlreadyExists, () => Root.Restore(saved, new RestoreOptions { ClearExisting = false }));

        Assert.Contains("/backstores/", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Sorted(saved), Sorted(Root.Dump()));
    }

    [Fact]
    public void One_storage_object_or_target_is_restored_without_the_others()
    {
        BuildSomething();
        Root.Save(SaveFile);
        Root.Clear();

        Assert.Empty(Root.Restore(SaveFile, new RestoreOptions { StorageObject = "disk1" }));
        Assert.Equal(["user/disk1"], Root.StorageObjects.Select(storage => storage.ToString()));
        Assert.Empty(Root.Targets);

        Fails(LioErrorKind.NotFound, () => Root.Restore(SaveFile, new RestoreOptions { Target = "iqn.2003-01.org.example:other" }));
    }

    [Fact]
    public void One_storage_object_is_saved_beside_the_others()
    {
        BuildSomething();
        Root.Save(SaveFile);
        JsonObject before = Root.ReadSaved(SaveFile);
        new UserStorageObject(Root, "disk1").SizeBytes = 4 << 20;
        new RamDiskStorageObject(Root, "ram").Delete();

        Root.SaveStorageObject("user", "disk1", SaveFile);

        JsonArray storage = (JsonArray)Root.ReadSaved(SaveFile)["storage_objects"]!;
        Assert.Equal(((JsonArray)before["storage_objects"]!).Select(item => item!["name"]!.ToString()), storage.Select(item => item!["name"]!.ToString()));
        Assert.Equal(4 << 20, (long)storage.Single(item => item!["name"]!.ToString() == "disk1")!["size"]!);

        Root.SaveStorageObject("ramdisk", "ram", SaveFile);
        Assert.DoesNotContain("ram", ((JsonArray)Root.ReadSaved(SaveFile)["storage_objects"]!).Select(item => item!["name"]!.ToString()));
    }

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;

    private void BuildSomething()
    {
        UserStorageObject disk = NewDisk();
        disk.Attributes["emulate_write_cache"] = "1";
        _ = new AluaTargetPortGroup(disk, "second", 2) { AccessState = AluaAccessState.ActiveNonOptimized, IsPreferred = true };
        var ram = new RamDiskStorageObject(Root, "ram", 8192);
        var file = new FileIoStorageObject(Root, "f", TemporaryPath("f.img"), 4096, writeBack: true, asynchronous: true);
        Tpg tpg = NewTpg();
        tpg.Attributes["authentication"] = "1";
        tpg.Authentication.UserId = "group";
        _ = new NetworkPortal(tpg, "[::]", 3261) { Iser = true };
        var lun = new Lun(tpg, 7, disk) { AluaGroup = "second" };
        _ = new Lun(tpg, 8, file);
        var acl = new NodeAcl(tpg, "iqn.2004-03.com.example:a") { Tag = "hosts" };
        acl.Authentication.Password = "secret of 12";
        _ = new MappedLun(acl, 1, lun, isWriteProtected: true);
        tpg.Enabled = true;
        _ = new Lun(new Tpg(new Target(Root.Fabric("loopback"), "naa.5001405012345678"), 1), 0, ram);
        Root.Fabric("iscsi").DiscoveryAuthentication.UserId = "discovery";
        Root.Fabric("iscsi").DiscoveryAuthenticationEnforced = true;
    }
}
