// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Abstractions.Tests;

/// <summary>A <see cref="ScatterList"/> behaves as the flat array of its bytes, however its pieces and slices lie.</summary>
public sealed unsafe class ScatterListPropertyTests
{
    private static readonly Arbitrary<Sample> s_samples = (
        from pieces in Gen.Choose(0, 40).ArrayOf()
        let length = pieces.Sum()
        from first in Gen.Choose(0, length)
        from second in Gen.Choose(0, length)
        from third in Gen.Choose(0, Math.Abs(first - second))
        from seed in Gen.Choose(0, int.MaxValue)
        select new Sample(pieces, Math.Min(first, second), Math.Abs(first - second), third, seed)).ToArbitrary();

    [Fact]
    public void A_slice_of_a_slice_holds_the_bytes_of_the_flat_slice() => ForAll((memory, flat, sample) =>
    {
        ScatterList list = memory.List.Slice(sample.Offset, sample.Length).Slice(sample.Inner);

        byte[] copy = new byte[list.Length];
        int copied = list.CopyTo(copy);

        return copied == copy.Length && copy.AsSpan().SequenceEqual(flat.AsSpan(sample.Offset + sample.Inner, sample.Length - sample.Inner));
    });

    [Fact]
    public void The_copied_vectors_describe_exactly_the_list_and_none_is_empty() => ForAll((memory, _, sample) =>
    {
        ScatterList list = memory.List.Slice(sample.Offset, sample.Length);
        var table = new IoVector[list.MaximumVectorCount];
        int count = list.CopyVectors(table);

        fixed (IoVector* vectors = table)
        {
            byte[] expected = new byte[list.Length];
            byte[] actual = new byte[list.Length];
            list.CopyTo(expected);
            new ScatterList(vectors, count).CopyTo(actual);
            return actual.AsSpan().SequenceEqual(expected) && table.Take(count).All(vector => vector.Length > 0);
        }
    });

    [Fact]
    public void A_table_given_out_describes_exactly_the_list() => ForAll((memory, _, sample) =>
    {
        ScatterList list = memory.List.Slice(sample.Offset, sample.Length);
        if (!list.TryGetVectors(out IoVector* vectors, out int count))
        {
            return true;
        }

        byte[] expected = new byte[list.Length];
        byte[] actual = new byte[list.Length];
        list.CopyTo(expected);
        var again = new ScatterList(vectors, count);
        again.CopyTo(actual);
        return again.Length == list.Length && actual.AsSpan().SequenceEqual(expected);
    });

    [Fact]
    public void Copying_in_changes_the_slice_and_nothing_else() => ForAll((memory, flat, sample) =>
    {
        byte[] source = new byte[sample.Length];
        new Random(sample.Seed ^ 1).NextBytes(source);

        int copied = memory.List.Slice(sample.Offset, sample.Length).CopyFrom(source);

        source.CopyTo(flat, sample.Offset);
        return copied == source.Length && memory.ToArray().AsSpan().SequenceEqual(flat) && memory.IsGuardIntact;
    });

    [Fact]
    public void A_shorter_destination_or_source_gets_what_fits() => ForAll((memory, flat, sample) =>
    {
        byte[] shorter = new byte[sample.Inner];
        byte[] longer = new byte[memory.Length + 1];

        return memory.List.CopyTo(shorter) == shorter.Length
            && shorter.AsSpan().SequenceEqual(flat.AsSpan(0, shorter.Length))
            && memory.List.CopyTo(longer) == flat.Length
            && memory.List.CopyFrom(longer) == flat.Length;
    });

    [Fact]
    public void Clearing_zeroes_the_slice_and_nothing_else() => ForAll((memory, flat, sample) =>
    {
        ScatterList list = memory.List.Slice(sample.Offset, sample.Length);
        bool wasZero = list.IsZero() == !flat.AsSpan(sample.Offset, sample.Length).ContainsAnyExcept((byte)0);

        list.Clear();

        flat.AsSpan(sample.Offset, sample.Length).Clear();
        return wasZero && list.IsZero() && memory.ToArray().AsSpan().SequenceEqual(flat) && memory.IsGuardIntact;
    });

    [Fact]
    public void The_first_difference_is_found_where_it_is() => ForAll((memory, flat, sample) =>
    {
        ScatterList list = memory.List.Slice(sample.Offset, sample.Length);
        byte[] other = flat.AsSpan(sample.Offset, sample.Length).ToArray();
        bool equal = list.IndexOfDifference(other) == -1 && list.IndexOfDifference(other.AsSpan(0, sample.Inner)) == -1;
        if (sample.Inner == sample.Length)
        {
            return equal;
        }

        other[sample.Inner] ^= 0x80;
        other[^1] ^= 0x7F;
        return equal && list.IndexOfDifference(other) == sample.Inner;
    });

    private static void ForAll(Func<ScatteredMemory, byte[], Sample, bool> claim) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(s_samples, sample =>
        {
            byte[] flat = new byte[sample.Pieces.Sum()];
            new Random(sample.Seed).NextBytes(flat);
            using var memory = new ScatteredMemory(flat, sample.Pieces);
            return claim(memory, flat, sample);
        }));

    private sealed record Sample(int[] Pieces, int Offset, int Length, int Inner, int Seed);
}
