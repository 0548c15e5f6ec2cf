// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Tests;

public sealed class AsyncFileTests
{
    public static TheoryData<string, string, bool> Places()
    {
        var rows = new TheoryData<string, string, bool>();
        foreach (string mechanism in new[] { "io_uring", "epoll", "none" })
        {
            rows.Add(mechanism, "disk", false);
            rows.Add(mechanism, "disk", true);
            rows.Add(mechanism, "memory", false);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task What_was_written_is_read_back(string mechanism, string place, bool direct)
    {
        await using var test = new FileTest(mechanism, place, direct);
        using NativeBuffer written = new NativeBuffer(100_000, 4096).Fill(1);
        using var read = new NativeBuffer(100_000, 8192);

        await test.RunAsync(async file =>
        {
            Assert.Equal(IoStatus.Good, await file.WriteAsync(8192, written.List, WriteOptions.None, default));
            Assert.Equal(IoStatus.Good, await file.FlushAsync(default));
            Assert.Equal(IoStatus.Good, await file.ReadAsync(8192, read.List, default));
        });

        Assert.True(written.Bytes.SequenceEqual(read.Bytes));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Beyond_the_end_are_zeros(string mechanism, string place, bool direct)
    {
        await using var test = new FileTest(mechanism, place, direct);
        using NativeBuffer written = new NativeBuffer(5000, 512).Fill(2);
        using var read = new NativeBuffer(16384, 4096);
        File.WriteAllBytes(test.Path, written.Bytes);

        await test.RunAsync(async file =>
        {
            Assert.Equal(IoStatus.Good, await file.ReadAsync(0, read.List, default));
        });

        Assert.True(read.Bytes[..5000].SequenceEqual(written.Bytes));
        Assert.False(read.Bytes[5000..].ContainsAnyExcept((byte)0));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Lists_of_more_vectors_than_one_call_takes_are_transferred_whole(string mechanism, string place, bool direct)
    {
        const int Length = 512 * 3000;
        await using var test = new FileTest(mechanism, place, direct);
        using NativeBuffer written = new NativeBuffer(Length, 512).Fill(3);
        using var read = new NativeBuffer(Length, 512);

        await test.RunAsync(async file =>
        {
            Assert.Equal(IoStatus.Good, await file.WriteAsync(4096, written.List, WriteOptions.None, default));
            Assert.Equal(IoStatus.Good, await file.ReadAsync(4096, read.List, default));
        });

        Assert.True(written.Bytes.SequenceEqual(read.Bytes));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Transfers_too_long_for_one_copy_and_forced_ones_are_right(string mechanism, string place, bool direct)
    {
        const int Length = 5 << 20;
        await using var test = new FileTest(mechanism, place, direct);
        using NativeBuffer written = new NativeBuffer(Length, 1 << 20).Fill(4);
        using var read = new NativeBuffer(Length, 1 << 20);

        await test.RunAsync(async file =>
        {
            Assert.Equal(IoStatus.Good, await file.WriteAsync(0, written.List, WriteOptions.ForceUnitAccess, default));
            Assert.Equal(IoStatus.Good, await file.ReadAsync(0, read.List, default));
        });

        Assert.True(written.Bytes.SequenceEqual(read.Bytes));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Unaligned_memory_offset_and_length_work(string mechanism, string place, bool direct)
    {
        await using var test = new FileTest(mechanism, place, direct);
        byte[] model = new byte[20_000];
        new Random(5).NextBytes(model);
        File.WriteAllBytes(test.Path, model);
        using NativeBuffer written = new NativeBuffer(7_001, 333, shift: 1).Fill(6);
        using var read = new NativeBuffer(9_999, 777, shift: 3);
        written.Bytes.CopyTo(model.AsSpan(1_234));

        await test.RunAsync(async file =>
        {
            Assert.Equal(IoStatus.Good, await file.WriteAsync(1_234, written.List, WriteOptions.None, default));
            Assert.Equal(IoStatus.Good, await file.ReadAsync(777, read.List, default));
        });

        Assert.True(read.Bytes.SequenceEqual(model.AsSpan(777, 9_999)));
        Assert.Equal(model, File.ReadAllBytes(test.Path)[..model.Length]);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    [InlineData("none")]
    public async Task Unaligned_direct_writes_to_one_block_at_a_time_lose_nothing(string mechanism)
    {
        const int Writers = 64;
        const int Piece = 100;
        await using var test = new FileTest(mechanism, "disk", direct: true);
        using NativeBuffer written = new NativeBuffer(Writers * Piece, Piece, shift: 1).Fill(7);
        File.WriteAllBytes(test.Path, new byte[16_384]);

        await test.RunAsync(async file =>
        {
            Task<IoStatus>[] tasks = [.. Enumerable.Range(0, Writers).Select(index =>
                file.WriteAsync(index * Piece, written.List.Slice(index * Piece, Piece), WriteOptions.None, default).AsTask())];
            foreach (Task<IoStatus> task in tasks)
            {
                Assert.Equal(IoStatus.Good, await task);
            }
        });

        Assert.True(written.Bytes.SequenceEqual(File.ReadAllBytes(test.Path).AsSpan(0, Writers * Piece)));
    }

    [Fact]
    public async Task More_operations_than_the_ring_has_entries_all_complete()
    {
        const int Count = 500;
        await using var test = new FileTest("io_uring", "disk", direct: true, queueEntries: 4);
        using NativeBuffer content = new NativeBuffer(Count * 4096).Fill(8);
        File.WriteAllBytes(test.Path, content.Bytes);
        using var read = new NativeBuffer(Count * 4096, 4096);

        await test.RunAsync(async file =>
        {
            Task<IoStatus>[] tasks = [.. Enumerable.Range(0, Count).Select(index =>
                file.ReadAsync(index * 4096L, read.List.Slice(index * 4096L, 4096), default).AsTask())];
            foreach (Task<IoStatus> task in tasks)
            {
                Assert.Equal(IoStatus.Good, await task);
            }
        });

        Assert.True(read.Bytes.SequenceEqual(content.Bytes));
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_loop_that_ends_waits_for_its_operations(string mechanism)
    {
        await using var test = new FileTest(mechanism, "disk", direct: true);
        using NativeBuffer content = new NativeBuffer(1 << 20).Fill(9);
        File.WriteAllBytes(test.Path, content.Bytes);
        using var read = new NativeBuffer(1 << 20, 4096);
        AsyncFile file = test.File;
        Task<IoStatus>[] tasks = [];

        await test.Loop.InvokeAsync(() => tasks = [.. Enumerable.Range(0, 64).Select(index =>
            file.ReadAsync(index * 16384L, read.List.Slice(index * 16384L, 16384), default).AsTask())]).WaitAsync(LoopFactory.Limit);
        await test.Loop.DisposeAsync().AsTask().WaitAsync(LoopFactory.Limit);

        Assert.All(tasks, task => Assert.True(task.IsCompletedSuccessfully && task.Result.IsGood));
        Assert.True(read.Bytes.SequenceEqual(content.Bytes));
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task Operations_complete_on_the_loop_that_started_them(string mechanism)
    {
        await using var test = new FileTest(mechanism, "disk", direct: true);
        File.WriteAllBytes(test.Path, new byte[4096]);
        using var read = new NativeBuffer(4096);
        IoLoop? after = null;

        await test.RunAsync(async file =>
        {
            await file.ReadAsync(0, read.List, default);
            await file.GetExtentAsync(0, 4096, default);
            after = IoLoop.Current;
        });

        Assert.Same(test.Loop, after);
    }

    [Fact]
    public async Task A_cancelled_token_aborts_before_anything_happens()
    {
        await using var test = new FileTest("none");
        using var buffer = new NativeBuffer(512);
        var cancelled = new CancellationToken(canceled: true);
        AsyncFile file = test.File;

        Assert.Equal(IoOutcome.Aborted, (await file.ReadAsync(0, buffer.List, cancelled)).Outcome);
        Assert.Equal(IoOutcome.Aborted, (await file.WriteAsync(0, buffer.List, WriteOptions.None, cancelled)).Outcome);
        Assert.Equal(IoOutcome.Aborted, (await file.FlushAsync(cancelled)).Outcome);
        Assert.Equal(IoOutcome.Aborted, (await file.DeallocateAsync(0, 512, cancelled)).Outcome);
        Assert.Equal(IoOutcome.Aborted, (await file.GetExtentAsync(0, 512, cancelled)).Status.Outcome);
        Assert.Equal(0, file.GetLength());
    }
}
