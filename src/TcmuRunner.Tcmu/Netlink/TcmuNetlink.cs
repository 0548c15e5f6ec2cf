// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>The kernel's TCM-USER family: connects, listens on a thread of its own, and replies.</summary>
/// <remarks>
/// SET_FEATURES is never withdrawn: a device takes the global value over when it is enabled, so one that was enabled while replies were off
/// could not be resized for the rest of its life.
/// </remarks>
internal sealed partial class TcmuNetlink : IAsyncDisposable
{
    /// <summary>The family's name.</summary>
    internal const string FamilyName = "TCM-USER";

    private const string GroupName = "config";

    // The largest event has two strings of at most 4 KiB; many may share a datagram.
    private const int BufferBytes = 64 << 10;

    // The kernel answers requests before sendto returns: this only bounds a kernel that does not answer at all.
    private static readonly TimeSpan s_requestLimit = TimeSpan.FromSeconds(5);

    private readonly INetlinkSocket _socket;
    private readonly ILogger _logger;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Queue<TcmuEvent> _early = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GenericNetlinkFamily? _family;
    private uint _sequenceNumber;
    private bool _lostEarly;
    private Thread? _thread;
    private volatile bool _stopping;
    private int _disposed;

    private TcmuNetlink(INetlinkSocket socket, ILogger logger)
    {
        _socket = socket;
        _logger = logger;
    }

    /// <summary>The family as the kernel describes it.</summary>
    internal GenericNetlinkFamily Family => _family ?? throw new InvalidOperationException("Not connected.");

    /// <summary>Finds the family, joins its group and tells the kernel that there will be replies.</summary>
    /// <param name="socket">A bound socket; owned by the result, or disposed on failure.</param>
    /// <param name="logger">For what the kernel refuses.</param>
    /// <exception cref="TcmuException">The module is not loaded, or the kernel refuses.</exception>
    internal static TcmuNetlink Connect(INetlinkSocket socket, ILogger logger)
    {
        var netlink = new TcmuNetlink(socket, logger);
        try
        {
            netlink.Connect();
            return netlink;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins to deliver events, those first that came while connecting.</summary>
    /// <param name="sink">Takes them.</param>
    /// <param name="onBroken">Called on the netlink thread when the socket has failed; no event comes after it. Must not block.</param>
    internal void Start(ITcmuEventSink sink, Action onBroken)
    {
        _thread = new Thread(() => Listen(sink, onBroken)) { IsBackground = true, Name = "tcmu:netlink" };
        _thread.Start();
    }

    /// <summary>Sends the reply to an event that wants one. Any thread.</summary>
    /// <param name="tcmuEvent">The event.</param>
    /// <param name="status">0 or a negative errno.</param>
    internal void SendDone(TcmuEvent tcmuEvent, int status)
    {
        if (!tcmuEvent.WantsReply || tcmuEvent.DeviceId is not { } deviceId)
        {
            return;
        }

        try
        {
            _socket.Send(WriteDone(
                stackalloc byte[64], Family, NextSequenceNumber(), DoneCommand(tcmuEvent.Command), deviceId, status));
        }
        catch (TcmuException exception)
        {
            Log.ReplyNotSent(_logger, tcmuEvent.Command, deviceId, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _stopping = true;
        if (_thread is not null)
        {
            _socket.Wake();
            await _ended.Task.ConfigureAwait(false);
        }

        _socket.Dispose();
    }

    /// <summary>The reply that belongs to an event; any other one would leave the waiter in the kernel for ever.</summary>
    internal static TcmuCommand DoneCommand(TcmuCommand command) => command switch
    {
        TcmuCommand.AddedDevice => TcmuCommand.AddedDeviceDone,
        TcmuCommand.RemovedDevice => TcmuCommand.RemovedDeviceDone,
        TcmuCommand.ReconfigDevice => TcmuCommand.ReconfigDeviceDone,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Not an event."),
    };

    /// <summary>Writes a reply.</summary>
    internal static Span<byte> WriteDone(
        Span<byte> buffer, GenericNetlinkFamily family, uint sequenceNumber, TcmuCommand command, uint deviceId, int status)
    {
        var writer = new NetlinkMessageWriter(
            buffer,
            family.Id,
            NetlinkMessageFlags.Request | NetlinkMessageFlags.Acknowledge,
            sequenceNumber,
            (byte)command,
            family.Version);
        writer.Add((ushort)TcmuAttribute.CommandStatus, status);
        writer.Add((ushort)TcmuAttribute.DeviceId, deviceId);
        return writer.Finish();
    }

    /// <summary>Writes the request that switches replies on.</summary>
    internal static Span<byte> WriteSetFeatures(Span<byte> buffer, GenericNetlinkFamily family, uint sequenceNumber)
    {
        var writer = new NetlinkMessageWriter(
            buffer,
            family.Id,
            NetlinkMessageFlags.Request | NetlinkMessageFlags.Acknowledge,
            sequenceNumber,
            (byte)TcmuCommand.SetFeatures,
            family.Version);
        writer.Add((ushort)TcmuAttribute.SupportsReplies, (byte)1);
        return writer.Finish();
    }

    private uint NextSequenceNumber() => Interlocked.Increment(ref _sequenceNumber);

    private void Listen(ITcmuEventSink sink, Action onBroken)
    {
        try
        {
            foreach (TcmuEvent early in _early)
            {
                sink.OnEvent(early);
            }

            if (_lostEarly)
            {
                sink.OnEventsLost();
            }

            while (!_stopping)
            {
                switch (_socket.Receive(_buffer, Timeout.InfiniteTimeSpan, out int length))
                {
                    case NetlinkReceipt.Datagram:
                        Deliver(_buffer.AsSpan(0, length), sink);
                        break;
                    case NetlinkReceipt.Overrun:
                        sink.OnEventsLost();
                        break;
                    default:
                        break;
                }
            }
        }
        catch (TcmuException exception)
        {
            Log.NetlinkFailed(_logger, exception);
            onBroken();
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private void Deliver(ReadOnlySpan<byte> datagram, ITcmuEventSink sink)
    {
        while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
        {
            if (TcmuEvent.TryParse(message, Family.Id, out TcmuEvent? parsed))
            {
                sink.OnEvent(parsed);
            }
            else if (message.TryGetError(out int status))
            {
                OnAcknowledged(message, status);
            }
            else if (message.Type == NetlinkMessageType.Overrun)
            {
                sink.OnEventsLost();
            }
        }
    }

    // ENODEV: nobody waits for this reply, because the device was made with nl_reply_supported=-1, because another daemon was faster, or
    // because reset_netlink has failed the operation meanwhile. Nothing was changed by it. Everything else would be a mistake of ours.
    private void OnAcknowledged(NetlinkMessage message, int status)
    {
        if (status == -Errno.ENODEV)
        {
            Log.ReplyNotAwaited(_logger, message.SequenceNumber);
        }
        else if (status != 0)
        {
            Log.ReplyRefused(_logger, message.SequenceNumber, ErrnoText.Describe(-status));
        }
    }
}
