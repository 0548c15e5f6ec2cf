// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>RFC 7143 appendix A.4 (CRC examples), bytes as they go over the wire.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void Zeros() => Assert.Equal("AA36918A", OnWire(new byte[32]));

    [Fact]
    public void Ones() => Assert.Equal("43ABA862", OnWire(Enumerable.Repeat((byte)0xFF, 32)));

    [Fact]
    public void Rising() => Assert.Equal("4E79DD46", OnWire(Enumerable.Range(0, 32).Select(value => (byte)value)));

    [Fact]
    public void Falling() => Assert.Equal("5CDB3F11", OnWire(Enumerable.Range(0, 32).Select(value => (byte)(31 - value))));

    [Fact]
    public void In_pieces_it_is_the_same()
    {
        byte[] bytes = [.. Enumerable.Range(0, 1000).Select(value => (byte)(value * 7))];

        for (int cut = 0; cut < 50; cut++)
        {
            uint value = Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, cut)), bytes.AsSpan(cut));
            Assert.Equal(Crc32C.Compute(bytes), ~value);
        }
    }

    private static string OnWire(IEnumerable<byte> bytes) => Convert.ToHexString(BitConverter.GetBytes(Crc32C.Compute([.. bytes])));
}
