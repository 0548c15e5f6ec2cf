// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <content>The netlink socket.</content>
internal sealed partial class FakeTcmuKernel : INetlinkSocket
{
    internal const ushort FamilyId = 0x1c;

    private readonly Queue<byte[]?> _toDaemon = new();
    private readonly object _arrived = new();
    private bool _isWoken;
    private bool _isDropping;
    private bool _hasJoined;
    private bool _wasDisposed;
    private bool _isBroken;
    private int _failingOpens;

    /// <summary>Runs inside SET_FEATURES, before its acknowledgement is sent.</summary>
    internal Action? BeforeFeaturesAcknowledged { get; set; }

    internal bool IsSocketClosed => Volatile.Read(ref _wasDisposed);

    /// <summary>From now on events are lost.</summary>
    internal void DropEvents() => _isDropping = true;

    /// <summary>The daemon learns that events were lost, and gets the later ones again.</summary>
    internal void ReportOverrun()
    {
        _isDropping = false;
        EnqueueRaw(null);
    }

    /// <summary>Opens the daemon's socket, the same object each time.</summary>
    internal INetlinkSocket OpenSocket()
    {
        lock (_arrived)
        {
            if (_failingOpens > 0)
            {
                _failingOpens--;
                throw SocketFailure();
            }

            _toDaemon.Clear();
            _isWoken = false;
            _isBroken = false;
            _wasDisposed = false;
            return this;
        }
    }

    /// <summary>From now on the socket fails, and what is sent to its group is lost.</summary>
    /// <param name="failingOpens">How many attempts to open another one fail.</param>
    internal void BreakSocket(int failingOpens)
    {
        lock (_arrived)
        {
            _failingOpens = failingOpens;
            _hasJoined = false;
            _isBroken = true;
            Monitor.PulseAll(_arrived);
        }
    }

    internal void Enqueue(byte[] datagram)
    {
        if (_hasJoined && !_isDropping)
        {
            EnqueueRaw(datagram);
        }
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        if (IsUnusable)
        {
            throw SocketFailure();
        }

        Assert.True(NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message));
        lock (_sync)
        {
            if (message.Type == NetlinkMessageType.Controller)
            {
                EnqueueRaw(WriteFamily(FamilyId, Version, NetlinkVectors.Bytes(NetlinkVectors.MulticastGroups)));
                EnqueueRaw(WriteAcknowledgement(message.SequenceNumber, 0));
                return;
            }

            EnqueueRaw(WriteAcknowledgement(message.SequenceNumber, Take(message)));
        }
    }

    public NetlinkReceipt Receive(Span<byte> buffer, TimeSpan limit, out int length)
    {
        length = 0;
        lock (_arrived)
        {
            while (!_isWoken && !_isBroken && _toDaemon.Count == 0)
            {
                if (!Monitor.Wait(_arrived, limit))
                {
                    return NetlinkReceipt.TimedOut;
                }
            }

            if (_isWoken)
            {
                _isWoken = false;
                return NetlinkReceipt.Woken;
            }

            if (_isBroken)
            {
                throw SocketFailure();
            }

            if (_toDaemon.Dequeue() is not { } datagram)
            {
                return NetlinkReceipt.Overrun;
            }

            datagram.CopyTo(buffer);
            length = datagram.Length;
            return NetlinkReceipt.Datagram;
        }
    }

    public void Join(uint groupId)
    {
        Assert.Equal(7u, groupId);
        Note("join");
        _hasJoined = true;
    }

    public void Wake()
    {
        lock (_arrived)
        {
            _isWoken = true;
            Monitor.PulseAll(_arrived);
        }
    }

    public void Dispose() => Volatile.Write(ref _wasDisposed, true);

    private bool IsUnusable
    {
        get
        {
            lock (_arrived)
            {
                return _isBroken || _wasDisposed;
            }
        }
    }

    private static TcmuException SocketFailure() => new(TcmuErrorKind.NetlinkFailed, "The socket is broken.") { Errno = Errno.EIO };

    private int Take(NetlinkMessage message)
    {
        uint? deviceId = null;
        int? status = null;
        NetlinkAttributeReader attributes = message.Attributes;
        while (attributes.MoveNext())
        {
            switch ((TcmuAttribute)attributes.Type)
            {
                case TcmuAttribute.DeviceId when attributes.TryGet(out uint id):
                    deviceId = id;
                    break;
                case TcmuAttribute.CommandStatus when attributes.TryGet(out int value):
                    status = value;
                    break;
                default:
                    break;
            }
        }

        if ((TcmuCommand)message.Command == TcmuCommand.SetFeatures)
        {
            _journal.Add("set features");
            _repliesOn = SetFeaturesStatus == 0;
            BeforeFeaturesAcknowledged?.Invoke();
            return SetFeaturesStatus;
        }

        return TakeDone((TcmuCommand)message.Command, deviceId, status);
    }

    private void EnqueueRaw(byte[]? datagram)
    {
        lock (_arrived)
        {
            _toDaemon.Enqueue(datagram);
            Monitor.PulseAll(_arrived);
        }
    }
}
