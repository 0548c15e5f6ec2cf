// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("512", 512)]
    [InlineData("512B", 512)]
    [InlineData("1k", 1024)]
    [InlineData("10G", 10737418240)]
    [InlineData("10GB", 10737418240)]
    [InlineData("10GiB", 10737418240)]
    [InlineData(" 1.5 TiB ", 1649267441664)]
    [InlineData("0.5K", 512)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void A_size_is_read(string text, ulong bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ulong read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("G")]
    [InlineData("10 X")]
    [InlineData("10GG")]
    [InlineData("10Gi")]
    [InlineData("1Bi")]
    [InlineData("1,5G")]
    [InlineData("0.3K")]
    [InlineData("1e3")]
    [InlineData("18446744073709551616")]
    [InlineData("16E")]
    [InlineData("99999999999999999999999999999999999")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1024, "1.0KiB")]
    [InlineData(10737418240, "10.0GiB")]
    [InlineData(ulong.MaxValue, "16.0EiB")]
    public void A_size_is_written(ulong bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
