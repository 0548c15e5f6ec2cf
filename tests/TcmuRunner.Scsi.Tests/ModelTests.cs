// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class ModelTests
{
    private const int BlockSize = 512;
    private const int Blocks = 64;

    /// <summary>Any sequence of reads and of every kind of write leaves the disk as the same sequence leaves an array of bytes.</summary>
    [Fact]
    public void The_disk_behaves_like_an_array() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(100),
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Run(new Random(seed));
            return true;
        }));

    private static void Run(Random random)
    {
        LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { SizeBytes = Blocks * BlockSize });
        byte[] model = new byte[Blocks * BlockSize];
        for (int step = 0; step < 100; step++)
        {
            int first = random.Next(Blocks);
            int count = random.Next(1, Math.Min(9, Blocks - first + 1));
            byte[] data = random.Next(4) == 0 ? new byte[count * BlockSize] : Expect.Random(count * BlockSize, random.Next());
            Span<byte> range = model.AsSpan(first * BlockSize, count * BlockSize);
            switch (random.Next(8))
            {
                case 0:
                    Expect.Good(unit.Run($"2A {random.Next(4) * 8:X2} {first:X8} 00 {count:X4} 00", data));
                    data.CopyTo(range);
                    break;
                case 1:
                    Expect.Good(unit.Run($"8E 02 {first:X16} {count:X8} 00 00", data));
                    data.CopyTo(range);
                    break;
                case 2:
                    Expect.Good(unit.Run($"93 {random.Next(2) * 8:X2} {first:X16} {count:X8} 00 00", data[..BlockSize]));
                    Fill(range, data);
                    break;
                case 3:
                    Expect.Good(unit.Run("42 00 00 00 00 00 00 00 18 00", Expect.Hex($"0016 0010 00000000 {first:X16} {count:X8} 00000000")));
                    range.Clear();
                    break;
                case 4:
                    CompareAndWrite(unit, random, first, count, range, data);
                    break;
                case 5:
                    bool isEqual = range.SequenceEqual(data);
                    TestTask verify = unit.Run($"2F 02 {first:X8} 00 {count:X4} 00", data);
                    Assert.Equal(isEqual ? ScsiStatus.Good : ScsiStatus.CheckCondition, verify.Status);
                    break;
                case 6:
                    Expect.Good(unit.Run($"0A {first:X6} {count:X2} 00", data));
                    data.CopyTo(range);
                    break;
                default:
                    Assert.Equal(range.ToArray(), unit.Run($"88 00 {first:X16} {count:X8} 00 00", dataIn: range.Length).Returned.ToArray());
                    break;
            }
        }

        Assert.Equal(model, unit.Run($"28 00 00000000 00 {Blocks:X4} 00", dataIn: model.Length).Returned.ToArray());
        unit.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static void CompareAndWrite(LogicalUnit unit, Random random, int first, int count, Span<byte> range, byte[] data)
    {
        byte[] expected = range.ToArray();
        int difference = random.Next(2) == 0 ? -1 : random.Next(expected.Length);
        if (difference >= 0)
        {
            expected[difference] ^= 0x80;
        }

        TestTask task = unit.Run($"89 00 {first:X16} 000000 {count:X2} 00 00", [.. expected, .. data]);
        if (difference < 0)
        {
            Expect.Good(task);
            data.CopyTo(range);
        }
        else
        {
            Expect.Sense("E 1D/00", task);
            Assert.Equal((uint)difference, Expect.Information(task));
        }
    }

    private static void Fill(Span<byte> range, byte[] block)
    {
        for (int offset = 0; offset < range.Length; offset += BlockSize)
        {
            block.AsSpan(0, BlockSize).CopyTo(range[offset..]);
        }
    }
}
