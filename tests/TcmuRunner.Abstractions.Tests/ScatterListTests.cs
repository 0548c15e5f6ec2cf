// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Abstractions.Tests;

/// <summary>Single rules of <see cref="ScatterList"/>; <see cref="ScatterListPropertyTests"/> compares it with a flat array.</summary>
public sealed unsafe class ScatterListTests
{
    [Fact]
    public void The_default_list_is_empty()
    {
        ScatterList list = default;

        Assert.True(list.IsEmpty);
        Assert.True(list.IsZero());
        Assert.False(list.GetEnumerator().MoveNext());
        Assert.True(list.TryGetVectors(out _, out int count));
        Assert.Equal(0, count);
    }

    [Fact]
    public void A_negative_count_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScatterList(null, -1));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 11)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    [InlineData(5, -1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MaxValue, 1)]
    public void A_slice_that_is_not_inside_is_refused(long offset, long length)
    {
        using var memory = new ScatteredMemory(3, 0, 7);

        Assert.Throws<ArgumentOutOfRangeException>(() => memory.List.Slice(offset, length));
    }

    [Fact]
    public void Whole_vectors_are_given_out_without_a_copy()
    {
        using var memory = new ScatteredMemory(4, 4, 4);

        bool given = memory.List.Slice(4, 8).TryGetVectors(out IoVector* vectors, out int count);

        Assert.True(given);
        Assert.Equal(2, count);
        Assert.Equal((nuint)4, vectors[0].Length);
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(4, 3)]
    [InlineData(0, 5)]
    public void Parts_of_vectors_have_no_table_of_their_own(long offset, long length)
    {
        using var memory = new ScatteredMemory(4, 4);

        Assert.False(memory.List.Slice(offset, length).TryGetVectors(out _, out _));
    }

    [Fact]
    public void A_vector_table_that_is_too_small_is_refused()
    {
        using var memory = new ScatteredMemory(4, 4);

        Assert.Throws<ArgumentException>(() => memory.List.CopyVectors(new IoVector[1]));
    }

    [Fact]
    public void A_vector_beyond_a_gibibyte_is_walked_in_pieces_of_at_most_that()
    {
        // Never dereferenced: only addresses and lengths are looked at.
        var vector = new IoVector(4096, (nuint)3 << 30);
        var list = new ScatterList(&vector, 1);

        var lengths = new List<int>();
        foreach (Span<byte> segment in list)
        {
            lengths.Add(segment.Length);
        }

        Assert.Equal([1 << 30, 1 << 30, 1 << 30], lengths);
        Assert.Equal(3L << 30, list.Length);
    }

    [Fact]
    public void Walking_slicing_and_comparing_allocate_nothing()
    {
        using var memory = new ScatteredMemory(100, 0, 300, 112);
        byte[] other = new byte[512];
        long sum = Use(memory.List, other);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            sum += Use(memory.List, other);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1001L * 400, sum);
    }

    private static long Use(ScatterList list, byte[] other)
    {
        ScatterList part = list.Slice(56, 400);
        part.Clear();
        return part.IsZero() && part.IndexOfDifference(other) < 0 ? part.CopyTo(other) : 0;
    }
}
