// SPDX-License-Identifier: Apache-2.0
using System.Threading.Tasks.Sources;

namespace TcmuRunner.Abstractions;

/// <summary>
/// A reusable completion: gives out a <see cref="ValueTask{T}"/> that any thread, for example a native library's callback, completes later.
/// Derive from it to keep an operation's own state in the same object, and pool the objects: then an operation allocates nothing.
/// </summary>
/// <remarks>One operation at a time: <see cref="Start"/>, then <see cref="Complete"/> exactly once; the object may be used again from
/// <see cref="OnConsumed"/> on.</remarks>
public class IoCompletion : IValueTaskSource<IoStatus>
{
    private ManualResetValueTaskSourceCore<IoStatus> _core;

    /// <summary>Begins an operation.</summary>
    /// <returns>What to return to the caller; it may be awaited once.</returns>
    public ValueTask<IoStatus> Start()
    {
        _core.Reset();
        return new ValueTask<IoStatus>(this, _core.Version);
    }

    /// <summary>Ends the operation. The caller's continuation runs on this thread.</summary>
    /// <param name="status">How it ended.</param>
    /// <exception cref="InvalidOperationException">It has been completed already.</exception>
    public void Complete(IoStatus status) => _core.SetResult(status);

    /// <summary>Called once the caller has taken the result: return the object to its pool here.</summary>
    protected virtual void OnConsumed()
    {
    }

    IoStatus IValueTaskSource<IoStatus>.GetResult(short token)
    {
        IoStatus status = _core.GetResult(token);
        OnConsumed();
        return status;
    }

    ValueTaskSourceStatus IValueTaskSource<IoStatus>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<IoStatus>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
