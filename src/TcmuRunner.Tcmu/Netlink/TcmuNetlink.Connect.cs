// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;

namespace TcmuRunner.Tcmu.Netlink;

/// <content>The requests at the start, while there is no listening thread yet.</content>
internal sealed partial class TcmuNetlink
{
    private void Connect()
    {
        Span<byte> request = stackalloc byte[64];
        uint number = NextSequenceNumber();
        int status = Request(GenericNetlinkFamily.WriteRequest(request, FamilyName, number), number);
        if (status == -Errno.ENOENT)
        {
            throw new TcmuException(
                TcmuErrorKind.ModuleMissing,
                $"The kernel has no netlink family {FamilyName}: load the module with 'modprobe target_core_user'.")
            { Errno = Errno.ENOENT };
        }

        if (status != 0 || _family is null)
        {
            throw Refused("CTRL_CMD_GETFAMILY", status);
        }

        if (!_family.MulticastGroups.TryGetValue(GroupName, out uint group))
        {
            throw new TcmuException(
                TcmuErrorKind.NetlinkFailed, $"The netlink family {FamilyName} has no multicast group '{GroupName}'.");
        }

        // From here on events are sent to us; those that come before the last acknowledgement are kept for the listener.
        _socket.Join(group);
        number = NextSequenceNumber();
        status = Request(WriteSetFeatures(request, _family, number), number);
        if (status == -Errno.EOPNOTSUPP)
        {
            Log.RepliesNotSupported(_logger, _family.Version);
        }
        else if (status != 0)
        {
            throw Refused("TCMU_CMD_SET_FEATURES", status);
        }
    }

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    /// <returns>0 or a negative errno.</returns>
    private int Request(ReadOnlySpan<byte> request, uint number)
    {
        _socket.Send(request);
        while (true)
        {
            switch (_socket.Receive(_buffer, s_requestLimit, out int length))
            {
                case NetlinkReceipt.Datagram:
                    if (FindAcknowledgement(_buffer.AsSpan(0, length), number, out int status))
                    {
                        return status;
                    }

                    break;
                case NetlinkReceipt.Overrun:
                    _lostEarly = true;
                    break;
                case NetlinkReceipt.TimedOut:
                    return -Errno.ETIMEDOUT;
                default:
                    break;
            }
        }
    }

    private bool FindAcknowledgement(ReadOnlySpan<byte> datagram, uint number, out int status)
    {
        bool found = false;
        status = 0;
        while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
        {
            if (message.SequenceNumber == number && message.TryGetError(out int answer))
            {
                found = true;
                status = answer;
            }
            else if (_family is null)
            {
                _ = GenericNetlinkFamily.TryParse(message, out _family);
            }
            else if (TcmuEvent.TryParse(message, _family.Id, out TcmuEvent? early))
            {
                _early.Enqueue(early);
            }
        }

        return found;
    }

    private static TcmuException Refused(string request, int status) => new(
        status == -Errno.EPERM ? TcmuErrorKind.NotPermitted : TcmuErrorKind.NetlinkFailed,
        $"The kernel refuses {request} of the netlink family {FamilyName} ({ErrnoText.Describe(-status)}).")
    {
        Errno = -status,
    };
}
