// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd.Tests;

/// <summary>The grammar of <c>rbd/</c> configuration strings.</summary>
public sealed class RbdConfigurationTests
{
    [Theory]
    [InlineData("rbd/pool/image", "pool", "", "image", null)]
    [InlineData("rbd/pool/space/image", "pool", "space", "image", null)]
    [InlineData("rbd/pool/image@snap", "pool", "", "image", "snap")]
    [InlineData("rbd/pool/space/image@snap;ro", "pool", "space", "image", "snap")]
    [InlineData("rbd/a.b-c/d_e.f;", "a.b-c", "", "d_e.f", null)]
    public void The_path_names_pool_namespace_image_and_snapshot(string text, string pool, string space, string image, string? snapshot)
    {
        RbdConfiguration parsed = Parse(text);

        Assert.Equal((pool, space, image, snapshot), (parsed.Pool, parsed.Namespace, parsed.Image, parsed.Snapshot));
        Assert.Equal(snapshot is not null, parsed.IsReadOnly);
    }

    [Fact]
    public void Options_are_taken_as_ceph_iscsi_writes_them()
    {
        RbdConfiguration parsed = Parse("rbd/rbd/disk_1;osd_op_timeout=30;conf=/etc/ceph/other.conf;id=gateway");

        Assert.Equal((30, "/etc/ceph/other.conf", "gateway"), (parsed.OperationTimeout, parsed.ConfigurationFile, parsed.Id));
        Assert.Equal((false, false, false), (parsed.IsReadOnly, parsed.MayCreate, parsed.IsShared));
    }

    [Fact]
    public void Flags_are_taken()
    {
        Assert.True(Parse("rbd/p/i;create").MayCreate);
        Assert.True(Parse("rbd/p/i;ro").IsReadOnly);
        Assert.True(Parse("rbd/p/i;share").IsShared);
        Assert.True(Parse("rbd/p/i;lock").KeepsLock);
    }

    [Theory]
    [InlineData("rbd/p/i", "p/i")]
    [InlineData("rbd/p/n/i@s", "p/n/i@s")]
    public void The_specification_is_what_Cephs_tools_take(string text, string specification) => Assert.Equal(specification, Parse(text).Specification);

    [Theory]
    [InlineData("rbd/", "no name of an image")]
    [InlineData("rbd/image", "no name of an image")]
    [InlineData("rbd/a/b/c/d", "no name of an image")]
    [InlineData("rbd//image", "pool is missing")]
    [InlineData("rbd/pool/", "image is missing")]
    [InlineData("rbd/pool/@snap", "image is missing")]
    [InlineData("rbd/pool//image", "namespace is empty")]
    [InlineData("rbd/pool/image@", "snapshot is missing")]
    [InlineData("rbd/pool/image@a@b", "wrong place")]
    [InlineData("rbd/po@ol/image", "wrong place")]
    [InlineData("rbd/p/i;unknown", "no option 'unknown'")]
    [InlineData("rbd/p/i;osd_op_timeout=", "needs a value")]
    [InlineData("rbd/p/i;osd_op_timeout", "needs a value")]
    [InlineData("rbd/p/i;osd_op_timeout=0", "no number of seconds")]
    [InlineData("rbd/p/i;osd_op_timeout=-1", "no number of seconds")]
    [InlineData("rbd/p/i;osd_op_timeout=99999999999", "no number of seconds")]
    [InlineData("rbd/p/i;conf=ceph.conf", "no absolute path")]
    [InlineData("rbd/p/i;id=", "needs a value")]
    [InlineData("rbd/p/i;id=client.admin", "write 'id=admin'")]
    [InlineData("rbd/p/i;ro=yes", "takes no value")]
    [InlineData("rbd/p/i;ro;create", "nothing to read")]
    [InlineData("rbd/p/i@s;create", "nothing to read")]
    [InlineData("rbd/p/i;lock;share", "'lock' goes neither")]
    [InlineData("rbd/p/i;lock;ro", "'lock' goes neither")]
    public void What_is_wrong_is_said(string text, string part)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out _));

        ConfigurationCheck check = new RbdHandler().CheckConfiguration(configuration);

        Assert.Contains(part, check.Reason, StringComparison.Ordinal);
        Assert.EndsWith(".", check.Reason, StringComparison.Ordinal);
    }

    private static RbdConfiguration Parse(string text)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), reason);
        Assert.True(RbdConfiguration.TryParse(configuration, out RbdConfiguration? parsed, out reason), reason);
        return parsed;
    }
}
