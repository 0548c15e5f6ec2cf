// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Lets one message through per interval, so that a device that fails every command does not flood the log. Thread safe.</summary>
internal sealed class LogLimiter(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private long _last;

    /// <summary>Whether a message may be written now.</summary>
    public bool TryPass()
    {
        long now = timeProvider.GetTimestamp();
        long last = Volatile.Read(ref _last);
        return (last == 0 || timeProvider.GetElapsedTime(last, now) >= s_interval) && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
