// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Ctl.Bench;

/// <summary>What a benchmark measured.</summary>
/// <param name="Elapsed">For how long.</param>
/// <param name="BlockBytes">Bytes of each read.</param>
/// <param name="Ticks">How long each read took, in ticks of <see cref="Stopwatch"/>, the shortest first.</param>
internal sealed record ReadBenchmarkResult(TimeSpan Elapsed, int BlockBytes, IReadOnlyList<long> Ticks)
{
    /// <summary>Reads in each second.</summary>
    internal double ReadsPerSecond => Ticks.Count / Elapsed.TotalSeconds;

    /// <summary>Bytes in each second.</summary>
    internal double BytesPerSecond => ReadsPerSecond * BlockBytes;

    /// <summary>The time within which a share of the reads was done.</summary>
    /// <param name="share">0 to 1.</param>
    internal TimeSpan Latency(double share) => Ticks.Count == 0
        ? TimeSpan.Zero
        : TimeSpan.FromSeconds((double)Ticks[Math.Min(Ticks.Count - 1, (int)(share * Ticks.Count))] / Stopwatch.Frequency);
}
