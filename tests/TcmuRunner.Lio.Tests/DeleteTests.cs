// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.Tests;

/// <summary>Deleting takes along what depends on the object, in an order that the kernel allows.</summary>
public sealed class DeleteTests : LioTest
{
    private readonly Tpg _tpg;
    private readonly UserStorageObject _disk;

    public DeleteTests()
    {
        _tpg = NewTpg();
        _disk = NewDisk();
        _ = new NetworkPortal(_tpg, "127.0.0.1");
        _ = new MappedLun(new NodeAcl(_tpg, "iqn.2004-03.com.example:a"), 0, new Lun(_tpg, 0, _disk));
        _ = new Lun(new Tpg(new Target(Root.Fabric("loopback")), 1), 3, _disk);
        _ = new AluaTargetPortGroup(_disk, "second", 2);
        _tpg.Enabled = true;
    }

    [Fact]
    public void A_storage_object_goes_with_the_luns_that_use_it()
    {
        _disk.Delete();

        Assert.Empty(Root.StorageObjects);
        Assert.Empty(Root.Luns);
        Assert.Empty(Root.MappedLuns);
        Assert.Equal(2, Root.Targets.Count());
        Assert.Equal(["alua"], Files.List(Files.Target + "/core"));
    }

    [Fact]
    public void A_lun_goes_with_its_mappings()
    {
        _tpg.Luns.Single().Delete();

        Assert.Empty(Root.MappedLuns);
        Assert.Single(Root.NodeAcls);
    }

    [Fact]
    public void A_target_goes_with_everything_in_it()
    {
        _tpg.Target.Delete();

        Assert.Equal("loopback", Assert.Single(Root.Targets).FabricModule.Name);
        Assert.True(_disk.Exists);
        Assert.Contains("write iscsi/iqn.2003-01.org.example:t1/tpgt_1/enable", Files.Log);
    }

    [Fact]
    public void Clearing_leaves_nothing()
    {
        Directory.CreateDirectory(Files.Target + "/iscsi/discovery_auth");
        Root.Fabric("iscsi").DiscoveryAuthentication.UserId = "somebody";
        Root.Fabric("iscsi").DiscoveryAuthenticationEnforced = true;

        Root.Clear();

        Assert.Empty(Root.StorageObjects);
        Assert.Empty(Root.Targets);
        Assert.Equal("", Root.Fabric("iscsi").DiscoveryAuthentication.UserId);
        Assert.Equal("""{"fabric_modules":[],"storage_objects":[],"targets":[]}""", Sorted(Root.Dump()));
    }

    [Fact]
    public void A_fabric_can_be_let_go()
    {
        Root.Fabric("iscsi").Delete();

        Assert.False(Root.Fabric("iscsi").Exists);
        Assert.True(Root.Fabric("loopback").Exists);
    }
}
