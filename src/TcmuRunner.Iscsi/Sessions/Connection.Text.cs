// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>Text negotiation in the full feature phase: SendTargets, and answers of several PDUs (RFC 7143 11.10).</content>
internal sealed unsafe partial class Connection
{
    private const byte TextFinal = 0x80, TextContinued = 0x40;

    /// <summary>The tag of a text exchange that goes on; there is one at a time.</summary>
    private const uint TextTag = 0x5445_5854;

    private List<byte>? _textRequest;
    private byte[] _textResponse = [];
    private int _textSent;

    private void EndTextRequest(in BasicHeaderSegment header)
    {
        if (!TakeTurn(header))
        {
            return;
        }

        if (header.TargetTransferTag == BasicHeaderSegment.NoTag)
        {
            _textRequest = null;
            _textResponse = [];
            _textSent = 0;
        }
        else if (header.TargetTransferTag != TextTag || (_textResponse.Length == 0 && _textRequest is null))
        {
            SendReject(RejectReason.InvalidPduField);
            return;
        }

        if (_textResponse.Length > _textSent)
        {
            SendTextPart(header.InitiatorTaskTag);
            return;
        }

        _textRequest ??= [];
        _textRequest.AddRange(new ReadOnlySpan<byte>(_data, _data is null ? 0 : _dataLength));
        if (_textRequest.Count > MaximumTextLength)
        {
            SendReject(RejectReason.ProtocolError);
            Break("The text of a negotiation is too long.");
            return;
        }

        if ((header.Flags & TextContinued) != 0)
        {
            SendTextResponse(header.InitiatorTaskTag, TextTag, 0, default);
            return;
        }

        bool isText = TextParameters.TryParse(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_textRequest), out TextParameters? text, out _);
        _textRequest = null;
        if (!isText)
        {
            SendReject(RejectReason.ProtocolError);
            return;
        }

        _textResponse = AnswerText(text!).ToBytes();
        _textSent = 0;
        SendTextPart(header.InitiatorTaskTag);
    }

    private void SendTextPart(uint initiatorTaskTag)
    {
        int length = Math.Min(_textResponse.Length - _textSent, Parameters.InitiatorReceiveDataSegmentLength);
        ReadOnlySpan<byte> part = _textResponse.AsSpan(_textSent, length);
        _textSent += length;
        if (_textSent < _textResponse.Length)
        {
            SendTextResponse(initiatorTaskTag, TextTag, TextContinued, part);
            return;
        }

        SendTextResponse(initiatorTaskTag, BasicHeaderSegment.NoTag, TextFinal, part);
        _textResponse = [];
        _textSent = 0;
    }

    private void SendTextResponse(uint initiatorTaskTag, uint tag, byte flags, ReadOnlySpan<byte> text)
    {
        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.TextResponse(pdu.Header, initiatorTaskTag, tag, flags);
        SetSequenceNumbers(pdu, _statusNumber++);
        SendLong(pdu, text);
    }

    private TextParameters AnswerText(TextParameters request)
    {
        var response = new TextParameters();
        foreach ((string key, string value) in request.Pairs)
        {
            switch (key)
            {
                case "SendTargets":
                    ListTargets(value, response);
                    break;
                case "MaxRecvDataSegmentLength" when int.TryParse(value, out int length)
                    && length is >= NegotiatedParameters.MinimumLength and <= NegotiatedParameters.MaximumLength:
                    // The only operational key that may be declared again at any time (RFC 7143 13.12).
                    Parameters.InitiatorReceiveDataSegmentLength = length;
                    break;
                default:
                    response.Add(key, "NotUnderstood");
                    break;
            }
        }

        return response;
    }

    private void ListTargets(string which, TextParameters response)
    {
        if (which == "All" && !Session!.IsDiscovery)
        {
            // All is for discovery only (RFC 7143 appendix C).
            response.Add("SendTargets", "Reject");
            return;
        }

        string? wanted = which switch
        {
            "All" => null,
            "" => Session!.Node?.Name,
            _ => which.ToLowerInvariant(),
        };
        foreach (TargetNode node in _front.Configuration.Nodes)
        {
            bool isListed = (wanted is null || node.Name == wanted)
                && node.PortalGroups.Any(group => group.IsEnabled && group.FindRule(Session!.InitiatorName, Remote.Address) is not null);
            if (!isListed)
            {
                continue;
            }

            response.Add("TargetName", node.Name);
            foreach (string address in AddressesOf(node).Distinct())
            {
                response.Add("TargetAddress", address);
            }
        }
    }

    private IEnumerable<string> AddressesOf(TargetNode node)
    {
        foreach (PortalGroup group in node.PortalGroups.Where(group => group.IsEnabled))
        {
            foreach (Portal portal in group.Portals.Where(portal => !portal.IsPrivate))
            {
                bool isAny = portal.EndPoint.Address.Equals(IPAddress.Any) || portal.EndPoint.Address.Equals(IPAddress.IPv6Any);
                IPEndPoint endPoint = portal.EndPoint;
                if (isAny || endPoint.Port == 0)
                {
                    // Whoever listens on all addresses is reached under the one that the initiator has used.
                    IPEndPoint local = SocketAddresses.LocalOf(_socket);
                    endPoint = new IPEndPoint(isAny ? local.Address : endPoint.Address, endPoint.Port == 0 ? local.Port : endPoint.Port);
                }

                yield return Portal.ToTargetAddress(endPoint, group.Tag);
            }
        }
    }
}
