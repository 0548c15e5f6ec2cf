// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu;
using TcmuRunner.TestKit.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Benchmarks;

/// <summary>
/// What one READ (10) of 4 KiB costs from the ring to its answer in the ring, with a handler that does nothing. <c>inline</c> measures the
/// consumer alone: the kernel's side runs between the measurements. <c>loop</c> is a device on its own thread, the fake kernel included.
/// </summary>
internal static class RingBenchmark
{
    private const int DataBytes = 4096;
    private static readonly byte[] s_read = [0x28, 0, 0, 0, 0, 0, 0, 0, 8, 0];

    internal static async Task RunAsync(long commands)
    {
        Console.WriteLine($"{"case",-22}{"commands",12}{"ns/command",12}{"commands/s",14}{"bytes alloc",13}");
        foreach (int batch in (int[])[1, 32])
        {
            // The first round compiles the code; the second is printed.
            await InlineAsync(commands / 5, batch, isCounted: false);
            Print($"inline, batch {batch}", commands, await InlineAsync(commands, batch, isCounted: false));
            await InlineAsync(commands / 5, batch, isCounted: true);
            Print("  the same, counted", commands, await InlineAsync(commands, batch, isCounted: true));
        }

        foreach (int depth in (int[])[1, 32])
        {
            await ThroughLoopAsync(commands / 5, depth);
            Print($"loop, depth {depth}", commands, await ThroughLoopAsync(commands, depth));
        }
    }

    private static async Task<(double Nanoseconds, long Allocated)> InlineAsync(long commands, int batch, bool isCounted)
    {
        using FakeKernelRing kernel = NewKernel();
        var loop = new InlineLoop();
        TcmuDevice device = await StartAsync(kernel, (_, _) => loop, isCounted);
        LoopSource source = loop.Source!;
        var batchCommands = new FakeCommand[batch];
        for (int index = 0; index < batch; index++)
        {
            batchCommands[index] = kernel.Submit(s_read, DataDirection.In, DataBytes);
        }

        long measured = 0;
        long allocated = 0;
        long empty = StopwatchOverhead();
        for (long done = 0; done < commands; done += batch)
        {
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            source.Poll();
            measured += Stopwatch.GetTimestamp() - start - empty;
            // The first batch fills the pool.
            allocated += done == 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            source.EndBatch();
            foreach (FakeCommand command in batchCommands)
            {
                kernel.Submit(command);
            }
        }

        source.Poll();
        source.EndBatch();
        await device.DisposeAsync();
        Check(kernel);
        return (measured * 1e9 / Stopwatch.Frequency / commands, allocated);
    }

    private static async Task<(double Nanoseconds, long Allocated)> ThroughLoopAsync(long commands, int depth)
    {
        using FakeKernelRing kernel = NewKernel();
        await using TcmuDevice device = await StartAsync(kernel, IoLoop.Start, isCounted: false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (long answered, long allocatedBefore, long allocated, long start, long end) = (0, 0, 0, 0, 0);
        kernel.Completed = command =>
        {
            answered++;
            if (answered == 1)
            {
                (allocatedBefore, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            }
            else if (answered == commands)
            {
                (allocated, end) = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore, Stopwatch.GetTimestamp());
                done.SetResult();
            }

            if (answered <= commands - depth)
            {
                kernel.Submit(command);
            }
        };
        kernel.Plug();
        for (int index = 0; index < depth; index++)
        {
            kernel.Submit(s_read, DataDirection.In, DataBytes);
        }

        kernel.Unplug();
        await done.Task;
        await device.StopAsync(TimeSpan.FromSeconds(5));
        Check(kernel);
        return (Stopwatch.GetElapsedTime(start, end).TotalNanoseconds / commands, allocated);
    }

    private static FakeKernelRing NewKernel() =>
        new(new FakeKernelOptions { RingSizeBytes = 8388480, ChecksRing = false, MovesData = false });

    private static Task<TcmuDevice> StartAsync(FakeKernelRing kernel, Func<IoLoopOptions, ILogger, IoLoop> startLoop, bool isCounted) =>
        TcmuDevice.StartAsync(
            new TcmuDeviceOptions
            {
                Name = "user_0/null",
                UioName = "uio0",
                Uio = kernel.Open(),
                LogicalUnit = TestUnit.Open(
                    new NullDevice(), TestUnit.Options with { Monitor = isCounted ? new UnitMonitors { Counts = true }.Get("null") : null }),
                CommandTimeOut = TimeSpan.FromSeconds(30),
                StartLoop = startLoop,
            },
            NullLogger.Instance,
            TimeProvider.System,
            CancellationToken.None);

    private static long StopwatchOverhead()
    {
        long least = long.MaxValue;
        for (int round = 0; round < 10_000; round++)
        {
            long start = Stopwatch.GetTimestamp();
            least = Math.Min(least, Stopwatch.GetTimestamp() - start);
        }

        return least;
    }

    private static void Check(FakeKernelRing kernel)
    {
        if (kernel.IsBroken || kernel.Violations.Count != 0)
        {
            throw new InvalidOperationException($"The ring was broken: {string.Join("; ", kernel.Violations)}");
        }
    }

    private static void Print(string name, long commands, (double Nanoseconds, long Allocated) result) => Console.WriteLine(
        $"{name,-22}{commands,12}{result.Nanoseconds,12:F0}{1e9 / result.Nanoseconds,14:F0}{result.Allocated,13}");
}
