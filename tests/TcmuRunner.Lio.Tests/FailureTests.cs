// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Lio.Native;

namespace TcmuRunner.Lio.Tests;

/// <summary>What cannot be is one clear exception, and leaves nothing behind.</summary>
public sealed class FailureTests : LioTest
{
    [Fact]
    public void Without_configfs_the_exception_says_what_to_do()
    {
        LioException exception = Fails(LioErrorKind.NotAvailable, () => _ = new Root("/nonexistent/target"));

        Assert.Contains("mount -t configfs", exception.Message, StringComparison.Ordinal);
        Assert.Contains("/nonexistent/target", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_root_the_exception_says_so()
    {
        Files.Refuses = what => what.StartsWith("mkdir", StringComparison.Ordinal) ? Errno.EACCES : 0;

        Fails(LioErrorKind.NotPermitted, () => _ = new Target(Root.Fabric("iscsi")));
        Fails(LioErrorKind.NotPermitted, () => NewDisk());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("..")]
    [InlineData("a\nb")]
    public void A_storage_object_needs_a_name_that_can_be_a_directory(string name) => Fails(LioErrorKind.Invalid, () => NewDisk(name));

    [Theory]
    [InlineData("file", 4096)]
    [InlineData("/x", 4096)]
    [InlineData("file//a,b", 4096)]
    [InlineData("file//a\nb", 4096)]
    [InlineData("file//x", 0)]
    [InlineData("file//x", -1)]
    public void A_user_disk_needs_a_configuration_that_the_kernel_takes_whole(string configuration, long size)
    {
        Fails(LioErrorKind.Invalid, () => _ = new UserStorageObject(Root, "disk1", configuration, size));

        Assert.Empty(Files.Log);
    }

    [Fact]
    public void A_configuration_has_at_most_255_bytes()
    {
        string longest = "file//".PadRight(255, 'x');

        Assert.Equal(longest, new UserStorageObject(Root, "disk1", longest, 4096).Configuration);
        Fails(LioErrorKind.Invalid, () => _ = new UserStorageObject(Root, "disk2", longest + "x", 4096));
    }

    [Fact]
    public void A_name_is_taken_only_once()
    {
        NewDisk();

        Fails(LioErrorKind.AlreadyExists, () => NewDisk());
        Assert.Equal("ramdisk/disk1", new RamDiskStorageObject(Root, "disk1", 4096).ToString());
        Assert.Equal(2, Root.StorageObjects.Count());
    }

    [Fact]
    public void A_disk_that_the_kernel_refuses_leaves_nothing()
    {
        Files.Refuses = what => what.EndsWith("/enable", StringComparison.Ordinal) ? Errno.ENOENT : 0;

        LioException exception = Fails(LioErrorKind.NotFound, () => NewDisk());

        Assert.StartsWith("user/disk1: enable cannot be set", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.ENOENT, exception.Errno);
        Assert.Equal(["alua"], Files.List(Files.Target + "/core"));
    }

    [Fact]
    public void A_lun_that_the_kernel_refuses_leaves_nothing()
    {
        Tpg tpg = NewTpg();
        UserStorageObject disk = NewDisk();
        Files.Refuses = what => what.StartsWith("link", StringComparison.Ordinal) ? Errno.EINVAL : 0;

        Fails(LioErrorKind.Refused, () => _ = new Lun(tpg, 0, disk));

        Assert.Empty(tpg.Luns);
    }

    [Fact]
    public void A_number_that_is_taken_or_cannot_be_is_refused()
    {
        Tpg tpg = NewTpg();
        UserStorageObject disk = NewDisk();
        var lun = new Lun(tpg, 0, disk);
        var acl = new NodeAcl(tpg, "iqn.2004-03.com.example:a");
        _ = new MappedLun(acl, 0, lun);

        Fails(LioErrorKind.AlreadyExists, () => _ = new Lun(tpg, 0, disk));
        Fails(LioErrorKind.AlreadyExists, () => _ = new MappedLun(acl, 0, lun));
        Fails(LioErrorKind.Invalid, () => _ = new Lun(tpg, 65536, disk));
        Fails(LioErrorKind.Invalid, () => _ = new MappedLun(acl, 256, lun));
        Fails(LioErrorKind.Invalid, () => _ = new Tpg(tpg.Target, -1));
        Fails(LioErrorKind.NotFound, () => _ = new Lun(tpg, 1));
        Fails(LioErrorKind.Invalid, () => _ = new Lun(tpg, 1, disk, "a/b"));
    }

    [Fact]
    public void A_mapping_stays_in_its_group()
    {
        Tpg one = NewTpg(), two = new(one.Target, 2);
        var lun = new Lun(one, 0, NewDisk());

        Fails(LioErrorKind.Invalid, () => _ = new MappedLun(new NodeAcl(two, "iqn.2004-03.com.example:a"), 0, lun));
    }

    [Theory]
    [InlineData("localhost", 3260)]
    [InlineData("1", 3260)]
    [InlineData("127.0.0.1:3260", 3260)]
    [InlineData("127.0.0.1", 0)]
    [InlineData("127.0.0.1", 65536)]
    public void A_portal_needs_an_address_and_a_port(string address, int port) =>
        Fails(LioErrorKind.Invalid, () => _ = new NetworkPortal(NewTpg(), address, port));

    [Fact]
    public void Two_groups_of_a_target_cannot_share_a_portal()
    {
        Tpg one = NewTpg(), two = new(one.Target, 2);
        _ = new NetworkPortal(one, "::1");

        LioException exception = Fails(LioErrorKind.AlreadyExists, () => _ = new NetworkPortal(two, "[::1]", 3260));

        Assert.Contains("tpg1 listens on [::1]:3260 already", exception.Message, StringComparison.Ordinal);
        Fails(LioErrorKind.AlreadyExists, () => _ = new NetworkPortal(one, "::1", 3260, ObjectMode.Create));
        Assert.Single(Root.NetworkPortals);
    }

    [Fact]
    public void A_file_needs_a_size_when_there_is_none()
    {
        Fails(LioErrorKind.Invalid, () => _ = new FileIoStorageObject(Root, "f", TemporaryPath("missing")));
        Fails(LioErrorKind.Invalid, () => _ = new FileIoStorageObject(Root, "f", Files.Base, 4096));
        Fails(LioErrorKind.Invalid, () => _ = new FileIoStorageObject(Root, "f", "relative.img", 4096));
        Fails(LioErrorKind.Invalid, () => _ = new BlockStorageObject(Root, "b", TemporaryPath("missing")));
        Fails(LioErrorKind.Invalid, () => _ = new PscsiStorageObject(Root, "p", "/dev/null"));
    }

    [Fact]
    public void An_attribute_that_is_not_there_is_named()
    {
        Tpg tpg = NewTpg();

        Assert.Contains("'colour'", Fails(LioErrorKind.NotFound, () => tpg.Attributes["colour"] = "1").Message, StringComparison.Ordinal);
        Fails(LioErrorKind.NotFound, () => _ = tpg.Attributes["../enable"]);
        Assert.False(tpg.Attributes.Contains("../enable"));
    }

    [Fact]
    public void An_object_that_has_gone_says_so()
    {
        UserStorageObject disk = NewDisk();
        disk.Delete();

        Assert.False(disk.Exists);
        Fails(LioErrorKind.NotFound, () => _ = disk.Status);
        disk.Delete();
        Fails(LioErrorKind.NotFound, () => _ = Root.Fabric("usb"));
    }
}
