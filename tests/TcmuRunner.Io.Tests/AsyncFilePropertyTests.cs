// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Tests;

/// <summary>Random operations against a byte array.</summary>
public sealed class AsyncFilePropertyTests
{
    private const int Size = 64 * 1024;

    [Theory]
    [InlineData("io_uring", "disk", false)]
    [InlineData("io_uring", "disk", true)]
    [InlineData("io_uring", "memory", false)]
    [InlineData("epoll", "disk", false)]
    [InlineData("epoll", "disk", true)]
    [InlineData("none", "disk", true)]
    public async Task A_file_is_an_array_of_bytes(string mechanism, string place, bool direct)
    {
        await using var test = new FileTest(mechanism, place, direct);
        test.File.SetLength(Size);
        byte[] model = new byte[Size];
        Gen<(int Kind, int Offset, int Length, int Seed)> operation =
            from kind in Gen.Choose(0, 4)
            from offset in Gen.Choose(0, Size - 1)
            from length in Gen.Choose(1, 10_000)
            from seed in Gen.Choose(0, int.MaxValue)
            select (kind, offset, Math.Min(length, Size - offset), seed);

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(60),
            Prop.ForAll(Arb.From(Gen.ListOf(operation, 12)), operations =>
            {
                foreach ((int kind, int offset, int length, int seed) in operations)
                {
                    Assert.True(test.RunAsync(file => RunAsync(file, model, kind, offset, length, seed)).Wait(LoopFactory.Limit));
                }

                return File.ReadAllBytes(test.Path).AsSpan().SequenceEqual(model);
            }));
    }

    private static async Task RunAsync(AsyncFile file, byte[] model, int kind, int offset, int length, int seed)
    {
        using NativeBuffer buffer = new NativeBuffer(length, 1 + (seed % 3000), seed % 2).Fill(seed);
        switch (kind)
        {
            case 0:
            case 1:
                buffer.Bytes.CopyTo(model.AsSpan(offset));
                WriteOptions options = kind == 0 ? WriteOptions.None : WriteOptions.ForceUnitAccess;
                Assert.Equal(IoStatus.Good, await file.WriteAsync(offset, buffer.List, options, default));
                break;
            case 2:
                Assert.Equal(IoStatus.Good, await file.ReadAsync(offset, buffer.List, default));
                Assert.True(buffer.Bytes.SequenceEqual(model.AsSpan(offset, length)));
                break;
            case 3:
                model.AsSpan(offset, length).Clear();
                Assert.Equal(IoStatus.Good, await file.DeallocateAsync(offset, length, default));
                break;
            default:
                IoStatus status = await file.WriteZeroesAsync(offset, length, default);
                if (status.Outcome != IoOutcome.NotSupported)
                {
                    Assert.Equal(IoStatus.Good, status);
                    model.AsSpan(offset, length).Clear();
                }

                break;
        }
    }
}
