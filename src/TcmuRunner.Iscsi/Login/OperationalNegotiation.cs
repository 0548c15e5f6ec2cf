// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Iscsi.Login;

/// <summary>Negotiates the operational keys of a login (RFC 7143 6.2 and 13). Each key once; what is not understood is said to be so.</summary>
/// <param name="offer">What the portal group offers.</param>
internal sealed class OperationalNegotiation(SessionParameters offer)
{
    private const string NotUnderstood = "NotUnderstood", Reject = "Reject", Irrelevant = "Irrelevant", Yes = "Yes", No = "No";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private bool _saidReceiveLength;

    /// <summary>What is agreed on so far.</summary>
    internal NegotiatedParameters Result { get; } = new();

    /// <summary>Whether the session is for discovery only, where most keys mean nothing.</summary>
    internal bool IsDiscovery { get; set; }

    /// <summary>Answers one key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The initiator's value.</param>
    /// <param name="response">Receives our answer where the key asks for one.</param>
    /// <returns>Why the login must fail, or null.</returns>
    internal string? Answer(string key, string value, TextParameters response)
    {
        if (!_seen.Add(key))
        {
            return $"{key} is negotiated twice.";
        }

        string? answer = key switch
        {
            "HeaderDigest" => Digest(value, offer.HeaderDigest, static (result, on) => result.HeaderDigest = on),
            "DataDigest" => Digest(value, offer.DataDigest, static (result, on) => result.DataDigest = on),
            "MaxConnections" => Least(value, 1, 65535, offer.MaximumConnections, static (result, number) => result.MaximumConnections = number),
            "InitialR2T" => Either(value, offer.InitialR2T, static (result, on) => result.InitialR2T = on),
            "ImmediateData" => Both(value, offer.ImmediateData, static (result, on) => result.ImmediateData = on),
            "MaxRecvDataSegmentLength" => DeclareReceiveLength(value),
            "MaxBurstLength" => Least(
                value,
                NegotiatedParameters.MinimumLength,
                NegotiatedParameters.MaximumLength,
                offer.MaximumBurstLength,
                static (result, number) => result.MaximumBurstLength = number),
            "FirstBurstLength" => Least(
                value,
                NegotiatedParameters.MinimumLength,
                NegotiatedParameters.MaximumLength,
                offer.FirstBurstLength,
                static (result, number) => result.FirstBurstLength = number),
            "MaxOutstandingR2T" => Least(value, 1, 65535, offer.MaximumOutstandingR2T, static (result, number) => result.MaximumOutstandingR2T = number),
            "DefaultTime2Wait" => Most(value, offer.DefaultTime2Wait),
            "DefaultTime2Retain" => Least(value, 0, 3600, offer.DefaultTime2Retain, static (result, number) => result.DefaultTime2Retain = number),
            "DataPDUInOrder" or "DataSequenceInOrder" => Either(value, true, static (_, _) => { }),
            "ErrorRecoveryLevel" => Least(value, 0, 2, 0, static (_, _) => { }),
            // Markers are gone since RFC 7143 (13.25); whoever still asks is told No.
            "IFMarker" or "OFMarker" => value is Yes or No ? No : Reject,
            "IFMarkInt" or "OFMarkInt" => Reject,
            "TaskReporting" => value.Split(',').Contains("RFC3720") ? "RFC3720" : Reject,
            "iSCSIProtocolLevel" => Least(value, 0, 31, 1, static (_, _) => { }),
            _ => NotUnderstood,
        };
        if (answer is not null)
        {
            response.Add(key, IsDiscovery && IsSessionOnly(key) && answer != Reject ? Irrelevant : answer);
        }

        return answer == Reject && key is not ("IFMarker" or "OFMarker" or "IFMarkInt" or "OFMarkInt" or "TaskReporting")
            ? $"{key}={value} is not acceptable."
            : null;
    }

    /// <summary>Says what we have to say ourselves: what we take in one PDU.</summary>
    internal void Declare(TextParameters response)
    {
        if (!_saidReceiveLength)
        {
            _saidReceiveLength = true;
            Result.TargetReceiveDataSegmentLength = offer.MaximumReceiveDataSegmentLength;
            response.Add("MaxRecvDataSegmentLength", offer.MaximumReceiveDataSegmentLength.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>What only the whole picture shows.</summary>
    /// <returns>Why the login must fail, or null.</returns>
    internal string? Finish()
    {
        // Who names only one of the two cannot know that it contradicts the other.
        Result.FirstBurstLength = Math.Min(Result.FirstBurstLength, Result.MaximumBurstLength);
        return (offer.HeaderDigest == DigestChoice.Crc32C && !Result.HeaderDigest) || (offer.DataDigest == DigestChoice.Crc32C && !Result.DataDigest)
            ? "The portal group asks for CRC32C digests, and the initiator does not offer them."
            : null;
    }

    private static bool IsSessionOnly(string key) => key is "MaxConnections" or "InitialR2T" or "ImmediateData" or "MaxBurstLength"
        or "FirstBurstLength" or "MaxOutstandingR2T" or "DataPDUInOrder" or "DataSequenceInOrder";

    private string Digest(string list, DigestChoice choice, Action<NegotiatedParameters, bool> set)
    {
        foreach (string value in list.Split(','))
        {
            switch (value)
            {
                case "None" when choice != DigestChoice.Crc32C:
                    set(Result, false);
                    return value;
                case "CRC32C" when choice != DigestChoice.None:
                    set(Result, true);
                    return value;
                default:
                    continue;
            }
        }

        return Reject;
    }

    private string Either(string value, bool ours, Action<NegotiatedParameters, bool> set) => Boolean(value, value == Yes || ours, set);

    private string Both(string value, bool ours, Action<NegotiatedParameters, bool> set) => Boolean(value, value == Yes && ours, set);

    private string Boolean(string value, bool outcome, Action<NegotiatedParameters, bool> set)
    {
        if (value is not (Yes or No))
        {
            return Reject;
        }

        set(Result, outcome);
        return outcome ? Yes : No;
    }

    private string Least(string value, int minimum, int maximum, int ours, Action<NegotiatedParameters, int> set)
    {
        if (!TryParseNumber(value, minimum, maximum, out int number))
        {
            return Reject;
        }

        number = Math.Min(number, ours);
        set(Result, number);
        return number.ToString(CultureInfo.InvariantCulture);
    }

    private string Most(string value, int ours)
    {
        if (!TryParseNumber(value, 0, 3600, out int number))
        {
            return Reject;
        }

        Result.DefaultTime2Wait = Math.Max(number, ours);
        return Result.DefaultTime2Wait.ToString(CultureInfo.InvariantCulture);
    }

    // Declared, not negotiated: there is no answer, only our own declaration.
    private string? DeclareReceiveLength(string value)
    {
        if (!TryParseNumber(value, NegotiatedParameters.MinimumLength, NegotiatedParameters.MaximumLength, out int number))
        {
            return Reject;
        }

        Result.InitiatorReceiveDataSegmentLength = number;
        return null;
    }

    // Numbers are decimal or hexadecimal (RFC 7143 6.1).
    private static bool TryParseNumber(string value, int minimum, int maximum, out int number)
    {
        bool isHexadecimal = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return int.TryParse(
            isHexadecimal ? value.AsSpan(2) : value,
            isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture,
            out number) && number >= minimum && number <= maximum;
    }
}
