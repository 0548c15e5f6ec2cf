// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <summary>Counts what somebody waits for, across loops, and tells once when nothing is left.</summary>
/// <param name="done">Called once, on the thread of the last <see cref="Release"/>.</param>
internal sealed class SettleGate(Action done)
{
    // One for the maker, who lets go when he has named everything that is to be waited for.
    private int _holds = 1;

    /// <summary>One more thing to wait for. Any thread.</summary>
    internal void Hold() => Interlocked.Increment(ref _holds);

    /// <summary>One thing less to wait for. Any thread.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            done();
        }
    }
}
