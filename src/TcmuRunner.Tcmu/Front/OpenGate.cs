// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.Tcmu.Front;

/// <summary>Bounds how many handlers open at a time. A slot comes back when its holder is done or after a limit, whichever is first, so
/// that handlers that hang do not lock the others out.</summary>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "The semaphore holds no native handle, and a slot may come back late.")]
internal sealed class OpenGate(int slots, TimeSpan slotLimit, TimeProvider timeProvider)
{
    private readonly SemaphoreSlim _slots = new(slots);

    /// <summary>Waits for a slot.</summary>
    /// <returns>Gives the slot back when disposed.</returns>
    internal async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Slot(_slots, slotLimit, timeProvider);
    }

    private sealed class Slot : IDisposable
    {
        private readonly ITimer _limit;
        private SemaphoreSlim? _slots;

        internal Slot(SemaphoreSlim slots, TimeSpan limit, TimeProvider timeProvider)
        {
            _slots = slots;
            _limit = timeProvider.CreateTimer(static slot => ((Slot)slot!).Release(), this, limit, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            _limit.Dispose();
            Release();
        }

        private void Release() => Interlocked.Exchange(ref _slots, null)?.Release();
    }
}
