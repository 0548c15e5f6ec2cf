// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>
/// All sockets of one loop, as one source of it: an epoll set inside the loop's own waiting, so that a thousand idle connections cost a turn
/// nothing. Owns what the loop's connections share: buffers, tasks, PDUs. Everything but <see cref="Load"/> belongs to the loop's thread.
/// </summary>
#pragma warning disable CA1001 // StopAsync frees what it owns: that needs the loop to have ended.
internal sealed unsafe partial class Hub : LoopSource
#pragma warning restore CA1001
{
    /// <summary>Bytes that one call receives at most, besides what goes straight to its final place.</summary>
    internal const int StagingLength = 64 << 10;

    /// <summary>Room in front of them for the start of a PDU that came before: the longest header with its digest.</summary>
    internal const int CarryLength = 2048;

    /// <summary>Vectors of one call that sends.</summary>
    internal const int MaximumVectors = 512;

    private const int MaximumEvents = 128;
    private const long TrimMilliseconds = 10_000;

    private readonly FileDescriptor _epoll;
    private readonly ILogger _logger;
    private readonly byte[] _events = new byte[MaximumEvents * EpollEvents.MaximumSize];
    private readonly List<IHubMember?> _members = [];
    private readonly Stack<int> _freeIndexes = new();
    private readonly Queue<Connection> _ready = new();
    private readonly List<Connection> _dirty = [];
    private readonly IoBuffer _staging = new(CarryLength + StagingLength);
    private readonly IoBuffer _vectors = new(MaximumVectors * sizeof(IoVector));
    private IscsiTask? _freeTasks;
    private OutgoingPdu? _freePdus;
    private int _load;

    private Hub(FileDescriptor epoll, IoLoop loop, long memoryLimitBytes, ILogger logger)
        : base(epoll)
    {
        _epoll = epoll;
        _logger = logger;
        Loop = loop;
        Buffers = new BufferPool(memoryLimitBytes);
        Staging = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_staging.Span));
        Vectors = (IoVector*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_vectors.Span));
    }

    /// <summary>The loop.</summary>
    internal IoLoop Loop { get; }

    /// <summary>The loop's data buffers.</summary>
    internal BufferPool Buffers { get; }

    /// <summary>Where bytes are received that have no final place yet. Nothing in it outlives a call.</summary>
    internal byte* Staging { get; }

    /// <summary>Where a call that sends describes what it sends.</summary>
    internal IoVector* Vectors { get; }

    /// <summary>The sessions whose commands run here.</summary>
    internal List<Session> Sessions { get; } = [];

    /// <summary>How many connections there are. Any thread.</summary>
    internal int Load => Volatile.Read(ref _load);

    private void Free()
    {
        while (_freePdus is { } pdu)
        {
            _freePdus = pdu.Next;
            pdu.Dispose();
        }

        Buffers.Dispose();
        _staging.Dispose();
        _vectors.Dispose();
        _epoll.Dispose();
    }

    /// <summary>Reserves a place, so that connections that come at the same time are spread. Any thread.</summary>
    internal void AddLoad(int count) => Interlocked.Add(ref _load, count);

    /// <summary>Begins to watch a member.</summary>
    /// <exception cref="IscsiException">The kernel does not watch it.</exception>
    internal void Add(IHubMember member)
    {
        if (!_freeIndexes.TryPop(out int index))
        {
            index = _members.Count;
            _members.Add(null);
        }

        _members[index] = member;
        member.HubIndex = index;
        Span<byte> entry = stackalloc byte[EpollEvents.MaximumSize];
        EpollEvents.Write(entry, (uint)(ushort)(Libc.POLLIN | Libc.POLLOUT) | Libc.EPOLLRDHUP | Libc.EPOLLET, (ulong)index);
        if (Control(Libc.EPOLL_CTL_ADD, member, entry) != 0)
        {
            int errno = Libc.LastError;
            Forget(member);
            throw IscsiException.FromErrno(IscsiErrorKind.Failed, "A connection cannot be watched", errno);
        }

        Reschedule(member);
    }

    /// <summary>Stops watching a member.</summary>
    internal void Remove(IHubMember member)
    {
        if (member.HubIndex < 0)
        {
            return;
        }

        Span<byte> entry = stackalloc byte[EpollEvents.MaximumSize];
        entry.Clear();
        _ = Control(Libc.EPOLL_CTL_DEL, member, entry);
        Forget(member);
    }

    /// <summary>Has a member's time-outs looked at when it says.</summary>
    internal void Reschedule(IHubMember member)
    {
        long due = member.CheckTime(Environment.TickCount64);
        DeadlineMilliseconds = Math.Min(DeadlineMilliseconds, due);
    }

    /// <summary>Has the time-outs of all members looked at no later than then.</summary>
    internal void Wake(long dueMilliseconds) => DeadlineMilliseconds = Math.Min(DeadlineMilliseconds, dueMilliseconds);

    /// <summary>Has a connection receive in this turn or the next.</summary>
    internal void AddReady(Connection connection) => _ready.Enqueue(connection);

    /// <summary>Has a connection send at the end of the turn.</summary>
    internal void AddDirty(Connection connection) => _dirty.Add(connection);

    internal IscsiTask RentTask()
    {
        IscsiTask? task = _freeTasks;
        if (task is null)
        {
            return new IscsiTask();
        }

        _freeTasks = task.Next;
        return task;
    }

    internal void ReturnTask(IscsiTask task)
    {
        task.Next = _freeTasks;
        _freeTasks = task;
    }

    internal OutgoingPdu RentPdu()
    {
        OutgoingPdu? pdu = _freePdus;
        if (pdu is null)
        {
            return new OutgoingPdu();
        }

        _freePdus = pdu.Next;
        pdu.Next = null;
        return pdu;
    }

    internal void ReturnPdu(OutgoingPdu pdu)
    {
        pdu.Next = _freePdus;
        _freePdus = pdu;
    }

    /// <inheritdoc/>
    protected internal override bool Poll()
    {
        // Those that have more to receive come again in the next turn, so that the others get theirs.
        int count = _ready.Count;
        for (int done = 0; done < count; done++)
        {
            Connection connection = _ready.Dequeue();
            try
            {
                connection.Receive();
            }
            catch (Exception exception)
            {
                connection.Fail(exception);
            }
        }

        return count > 0;
    }

    /// <inheritdoc/>
    protected internal override void EndBatch()
    {
        // By index: sending may end a connection, and ending one never adds another.
        for (int index = 0; index < _dirty.Count; index++)
        {
            Connection connection = _dirty[index];
            try
            {
                connection.EndBatch();
            }
            catch (Exception exception)
            {
                connection.Fail(exception);
            }
        }

        _dirty.Clear();
    }

    /// <inheritdoc/>
    protected internal override void OnReady(short events)
    {
        int count;
        fixed (byte* table = _events)
        {
            count = Libc.EpollWait(_epoll.Number, table, MaximumEvents, 0);
        }

        for (int index = 0; index < count; index++)
        {
            (uint what, ulong number) = EpollEvents.Read(_events, index);
            if (number < (ulong)_members.Count && _members[(int)number] is { } member)
            {
                member.OnEvents(what);
            }
        }
    }

    /// <inheritdoc/>
    protected internal override void OnDeadline()
    {
        long now = Environment.TickCount64;
        long next = long.MaxValue;
        for (int index = 0; index < _members.Count; index++)
        {
            if (_members[index] is not { } member)
            {
                continue;
            }

            try
            {
                next = Math.Min(next, member.CheckTime(now));
            }
            catch (Exception exception)
            {
                member.Fail(exception);
            }
        }

        Buffers.Trim();
        if (Buffers.FreeBytes != 0)
        {
            next = Math.Min(next, now + TrimMilliseconds);
        }

        DeadlineMilliseconds = Math.Min(DeadlineMilliseconds, next);
    }

    /// <inheritdoc/>
    protected internal override void OnFailed(Exception exception)
    {
        Log.HubFailed(_logger, exception, Loop.Name);
        foreach (IHubMember? member in _members.ToArray())
        {
            member?.Fail(exception);
        }
    }

    private int Control(int operation, IHubMember member, Span<byte> entry)
    {
        fixed (byte* pointer = entry)
        {
            return Libc.EpollCtl(_epoll.Number, operation, (int)member.Socket.DangerousGetHandle(), pointer);
        }
    }

    private void Forget(IHubMember member)
    {
        _members[member.HubIndex] = null;
        _freeIndexes.Push(member.HubIndex);
        member.HubIndex = -1;
    }
}
