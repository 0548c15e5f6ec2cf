// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Ring;

namespace TcmuRunner.Tcmu.Tests.Ring;

public sealed class CdbLengthTests
{
    [Theory]
    [InlineData(0x00, 6)]
    [InlineData(0x28, 10)]
    [InlineData(0x5E, 10)]
    [InlineData(0x60, 12)]
    [InlineData(0x88, 16)]
    [InlineData(0xA8, 12)]
    [InlineData(0xC0, 10)]
    [InlineData(0xE0, 10)]
    public void The_group_code_gives_the_length(byte operationCode, int expected)
    {
        var bytes = new byte[32];
        bytes[0] = operationCode;

        Assert.True(CdbLength.TryGet(bytes, out int length));
        Assert.Equal(expected, length);
    }

    [Fact]
    public void A_variable_length_cdb_says_its_length_itself()
    {
        var bytes = new byte[32];
        (bytes[0], bytes[7]) = (0x7F, 24);

        Assert.True(CdbLength.TryGet(bytes, out int length));
        Assert.Equal(32, length);
    }

    [Theory]
    [InlineData(0x28, 9)]
    [InlineData(0x00, 5)]
    [InlineData(0x00, 0)]
    [InlineData(0x7F, 7)]
    [InlineData(0x7F, 8)]
    public void A_cdb_that_ends_behind_its_entry_is_refused(byte operationCode, int available)
    {
        var bytes = new byte[8 + available];
        (bytes[0], bytes[7]) = (operationCode, 1);

        Assert.False(CdbLength.TryGet(bytes.AsSpan(0, available), out _));
    }
}
