// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Tests;

/// <summary>A source over an eventfd that records what the loop does with it.</summary>
internal sealed unsafe class EventSource : LoopSource, IDisposable
{
    private readonly FileDescriptor _descriptor;
    private int _found;

    internal EventSource()
        : this(new FileDescriptor(Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK)))
    {
    }

    private EventSource(FileDescriptor descriptor)
        : base(descriptor) => _descriptor = descriptor;

    /// <summary>Work that only <see cref="Poll"/> finds, without an event.</summary>
    internal int Hidden;

    internal int Polls;

    internal SemaphoreSlim Ended { get; } = new(0);

    internal SemaphoreSlim DeadlinePassed { get; } = new(0);

    internal ConcurrentQueue<string> Calls { get; } = new();

    internal TaskCompletionSource<Exception> Failure { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The member that throws when it is called.</summary>
    internal string? Throws { get; set; }

    public void Dispose()
    {
        _descriptor.Dispose();
        Ended.Dispose();
        DeadlinePassed.Dispose();
    }

    internal void Signal()
    {
        ulong one = 1;
        Assert.Equal(sizeof(ulong), Libc.Write(_descriptor.Number, &one, sizeof(ulong)));
    }

    internal void SetDeadline(TimeSpan fromNow) => DeadlineMilliseconds = Environment.TickCount64 + (long)fromNow.TotalMilliseconds;

    protected internal override bool Poll()
    {
        Polls++;
        ThrowIf(nameof(Poll));
        if (Interlocked.Exchange(ref Hidden, 0) > 0)
        {
            _found++;
        }

        return _found > 0;
    }

    protected internal override void EndBatch()
    {
        ThrowIf(nameof(EndBatch));
        if (_found > 0)
        {
            Calls.Enqueue(nameof(EndBatch));
            Ended.Release(_found);
            _found = 0;
        }
    }

    protected internal override void OnReady(short events)
    {
        ThrowIf(nameof(OnReady));
        Calls.Enqueue(nameof(OnReady));
        ulong value;
        if ((events & Libc.POLLIN) != 0 && Libc.Read(_descriptor.Number, &value, sizeof(ulong)) > 0)
        {
            _found += (int)value;
        }
    }

    protected internal override void OnDeadline()
    {
        ThrowIf(nameof(OnDeadline));
        Calls.Enqueue(nameof(OnDeadline));
        DeadlinePassed.Release();
    }

    protected internal override void OnFailed(Exception exception) => Failure.SetResult(exception);

    private void ThrowIf(string member)
    {
        if (Throws == member)
        {
            throw new InvalidOperationException(member);
        }
    }
}
