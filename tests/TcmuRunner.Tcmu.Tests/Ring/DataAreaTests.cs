// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Ring;

namespace TcmuRunner.Tcmu.Tests.Ring;

public sealed unsafe class DataAreaTests
{
    private static readonly DataArea s_area = new(null, 4096, 8192);

    [Theory]
    [InlineData(4096UL, 4096UL, true)]
    [InlineData(8191UL, 1UL, true)]
    [InlineData(8192UL, 0UL, true)]
    [InlineData(4095UL, 1UL, false)]
    [InlineData(0UL, 4096UL, false)]
    [InlineData(8192UL, 1UL, false)]
    [InlineData(4096UL, 4097UL, false)]
    [InlineData(4097UL, ulong.MaxValue, false)]
    [InlineData(ulong.MaxValue, 4096UL, false)]
    [InlineData(ulong.MaxValue - 4095, 8192UL, false)]
    public void A_range_is_inside_only_as_a_whole_and_sums_that_overflow_deceive_nobody(ulong offset, ulong length, bool expected) =>
        Assert.Equal(expected, s_area.Contains(offset, length));
}
