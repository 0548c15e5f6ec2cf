// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions.Tests;

public sealed unsafe class IoBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void A_buffer_is_zeroed_aligned_and_as_long_as_asked(int length)
    {
        using var buffer = new IoBuffer(length);

        Assert.Equal(length, buffer.Length);
        Assert.Equal(length, buffer.Span.Length);
        Assert.Equal(length, buffer.List.Length);
        Assert.True(buffer.List.IsZero());
        fixed (byte* start = buffer.Span)
        {
            Assert.Equal(0, (nint)start % 4096);
        }
    }

    [Fact]
    public void The_list_and_the_span_are_the_same_bytes()
    {
        using var buffer = new IoBuffer(5000);
        byte[] pattern = [.. Enumerable.Range(0, 5000).Select(index => (byte)index)];

        buffer.List.CopyFrom(pattern);

        Assert.True(buffer.Span.SequenceEqual(pattern));
        Assert.True(buffer.List.TryGetVectors(out _, out int count));
        Assert.Equal(1, count);
    }

    [Fact]
    public void A_negative_length_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new IoBuffer(-1));

    [Fact]
    public void A_disposed_buffer_gives_its_memory_out_no_more()
    {
        var buffer = new IoBuffer(16);

        buffer.Dispose();
        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.List.Length);
    }
}
