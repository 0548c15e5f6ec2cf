// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TcmuRunner.Ctl.Native;

namespace TcmuRunner.Ctl.Bench;

/// <summary>Reads blocks at random places of a disk or a file, past all caches of this machine, several at a time. Writes nothing.</summary>
internal static class ReadBenchmark
{
    private const int SeekEnd = 2;
    private const nuint Alignment = 4096;

    /// <summary>Reads for some time.</summary>
    /// <param name="path">The disk or file.</param>
    /// <param name="blockBytes">Bytes of each read: a multiple of the disk's block size.</param>
    /// <param name="depth">How many reads are under way at a time.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    internal static async Task<ReadBenchmarkResult> RunAsync(string path, int blockBytes, int depth, TimeSpan duration, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = Open(path);
        long blocks = Libc.Seek((int)file.DangerousGetHandle(), 0, SeekEnd) / blockBytes;
        if (blocks <= 0)
        {
            throw new CtlException(ExitStatus.Failed, $"{path} is shorter than one block of {ByteSize.Format(blockBytes)}.");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(duration);
        long begin = Stopwatch.GetTimestamp();
        List<long>[] ticks = await Task.WhenAll(Enumerable.Range(0, depth).Select(worker => Task.Factory.StartNew(
            () => Read(file, path, blockBytes, blocks, worker, end.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        return new ReadBenchmarkResult(elapsed, blockBytes, [.. ticks.SelectMany(own => own).Order()]);
    }

    private static SafeFileHandle Open(string path)
    {
        int descriptor = Libc.Open(path, Libc.ReadOnly | Libc.Direct | Libc.CloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new CtlException(ExitStatus.Failed, $"{path} cannot be opened: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    private static unsafe List<long> Read(SafeFileHandle file, string path, int blockBytes, long blocks, int seed, CancellationToken end)
    {
        var ticks = new List<long>();
        var random = new Random(seed);
        void* buffer = NativeMemory.AlignedAlloc((nuint)blockBytes, Alignment);
        try
        {
            while (!end.IsCancellationRequested)
            {
                long offset = random.NextInt64(blocks) * blockBytes;
                long begin = Stopwatch.GetTimestamp();
                nint count = Libc.PositionedRead((int)file.DangerousGetHandle(), buffer, (nuint)blockBytes, offset);
                ticks.Add(Stopwatch.GetTimestamp() - begin);
                if (count != blockBytes)
                {
                    string why = count < 0 ? new Win32Exception(Marshal.GetLastPInvokeError()).Message : $"{count} bytes came";
                    throw new CtlException(ExitStatus.Failed, $"{path} could not be read at {offset}: {why}.");
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }

        return ticks;
    }
}
