// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.ConfigFs;

namespace TcmuRunner.Tcmu.Tests.ConfigFs;

public sealed class DeviceAttributesTests : IDisposable
{
    private const string Device = "target/core/user_0/d1";

    private readonly TemporaryTree _tree = new();
    private readonly DeviceAttributes _attributes;

    public DeviceAttributesTests() =>
        _attributes = new DeviceAttributes(new AttributeFiles(), _tree.Paths, new UioName(0, "d1", "file//a"));

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void The_size_is_that_of_the_attribute()
    {
        _tree.Write($"{Device}/attrib/dev_size", "1099511627776\n");
        _tree.Write($"{Device}/info", "Size: 1\n");

        Assert.Equal(1L << 40, _attributes.ReadSizeBytes());
    }

    [Theory]
    [InlineData("Config: file//a Size: 1048576\n", 1048576)]
    [InlineData("Config: file//a Size: 4096 MaxDataAreaMB: 8 DataPagesPerBlk: 1\n", 4096)]
    [InlineData("Config: file//my Size: 7 disk Size: 512\n", 512)]
    public void An_old_kernel_tells_the_size_in_its_information(string line, long expected)
    {
        _tree.Write($"{Device}/info", "Status: DEACTIVATED  Max Queue Depth: 128  SectorSize: 512  HwMaxSectors: 128\n        " + line);

        Assert.Equal(expected, _attributes.ReadSizeBytes());
    }

    [Theory]
    [InlineData("128", 512, 128u)]
    [InlineData("131", 512, 128u)]
    [InlineData("3", 512, 8u)]
    [InlineData("131", 4096, 131u)]
    public void The_longest_transfer_is_rounded_to_pages_as_the_kernel_does(string sectors, int blockSizeBytes, uint expected)
    {
        Assert.SkipUnless(Environment.SystemPageSize == 4096, "The rows are for pages of 4 KiB.");
        _tree.Write($"{Device}/attrib/hw_max_sectors", sectors + "\n");

        Assert.Equal(expected, _attributes.ReadMaximumTransferBlocks(blockSizeBytes));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("")]
    public void A_value_that_is_no_number_is_named(string text)
    {
        _tree.Write($"{Device}/attrib/hw_block_size", text);

        TcmuException exception = Assert.Throws<TcmuException>(() => _attributes.ReadBlockSizeBytes());

        Assert.Equal(TcmuErrorKind.NotSupported, exception.Kind);
        Assert.Equal("user_0/d1", exception.Device);
        Assert.Contains($"'{text}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_old_kernel_lacks_has_its_default()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), _attributes.ReadCommandTimeOut());
        Assert.Null(_attributes.ReadWriteCache());
        Assert.True(_attributes.ReadWaitsForReplies());
        Assert.False(_attributes.TryBlock());
        Assert.False(_attributes.TryResetRing());
    }

    [Theory]
    [InlineData("-1", false)]
    [InlineData("0", true)]
    [InlineData("1", true)]
    public void A_negative_reply_switch_means_that_nobody_waits(string value, bool expected)
    {
        _tree.Write($"{Device}/attrib/nl_reply_supported", value + "\n");

        Assert.Equal(expected, _attributes.ReadWaitsForReplies());
    }

    [Fact]
    public void Actions_write_what_the_kernel_expects()
    {
        _tree.Write($"{Device}/action/block_dev", "");
        _tree.Write($"{Device}/action/reset_ring", "");

        Assert.True(_attributes.TryBlock());
        Assert.True(_attributes.TryResetRing());

        Assert.Equal("1", _tree.Read($"{Device}/action/block_dev"));
        Assert.Equal("1", _tree.Read($"{Device}/action/reset_ring"));
    }

    [Fact]
    public void Only_the_devices_of_tcmu_are_found_in_the_order_of_their_numbers()
    {
        _tree.Write("uio/uio10/name", "tcm-user/0/d10/file//a\n");
        _tree.Write("uio/uio9/name", "tcm-user/0/d9/file//a\n");
        _tree.Write("uio/uio1/name", "uio_pci_generic\n");
        _tree.Write("uio/uio2/name", "tcm-user/0\n");
        _tree.Write("uio/other/name", "tcm-user/0/d/file//a\n");
        var bad = new List<string>();

        IReadOnlyList<KeyValuePair<int, UioName>> found = new TcmuConfigFs(new AttributeFiles(), _tree.Paths).Scan(bad.Add);

        Assert.Equal([9, 10], found.Select(entry => entry.Key));
        Assert.Equal("d10", found[1].Value.Device);
        Assert.Single(bad);
    }
}
