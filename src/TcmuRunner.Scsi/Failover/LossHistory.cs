// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>How long a gateway stays away from a lock that it has lost: longer each time, so that two gateways do not take it from each other forever. Not thread safe.</summary>
internal sealed class LossHistory(TimeProvider time)
{
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(5);
    private readonly Queue<long> _losses = new();

    /// <summary>The pause after a single loss. In this time the commands fail that a stopped gateway still has in its buffers.</summary>
    public static TimeSpan ShortestPause { get; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause after many.</summary>
    public static TimeSpan LongestPause { get; } = TimeSpan.FromSeconds(60);

    /// <summary>From how many losses within five minutes on the lock counts as bouncing.</summary>
    public const int Bouncing = 3;

    /// <summary>Losses within the last five minutes.</summary>
    public int Count => _losses.Count;

    /// <summary>Records a loss.</summary>
    /// <returns>How long to stay away.</returns>
    public TimeSpan Add()
    {
        long now = time.GetTimestamp();
        while (_losses.TryPeek(out long oldest) && time.GetElapsedTime(oldest, now) > s_window)
        {
            _losses.Dequeue();
        }

        _losses.Enqueue(now);
        double seconds = ShortestPause.TotalSeconds * Math.Pow(2, Math.Min(_losses.Count - 1, 10));
        return TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds));
    }
}
