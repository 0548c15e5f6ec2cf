// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TcmuRunner.Iscsi.Login;

/// <summary>The target's side of CHAP (RFC 7143 12.1.3, RFC 1994): offers an algorithm, challenges, checks, answers a challenge.</summary>
/// <param name="authentication">The secrets.</param>
internal sealed class ChapExchange(Authentication authentication)
{
    private const int ChallengeLength = 32;
    private const int MaximumChallengeLength = 1024;

    private byte[] _challenge = [];
    private byte _identifier;
    private Func<byte[], byte[]>? _hash;

    /// <summary>Whether the initiator has proved who it is.</summary>
    internal bool IsDone { get; private set; }

    /// <summary>Takes one request of the initiator and answers it.</summary>
    /// <param name="request">Its keys.</param>
    /// <param name="response">Receives ours.</param>
    /// <returns>Why it failed, for the log, or null. Never a secret.</returns>
    internal string? Step(TextParameters request, TextParameters response)
    {
        if (request.Find("CHAP_A") is { } algorithms)
        {
            return Challenge(algorithms, response);
        }

        return _hash is not null && request.Find("CHAP_N") is { } name && request.Find("CHAP_R") is { } proof
            ? Check(name, proof, request, response)
            : _hash is null ? null : "CHAP_N and CHAP_R are missing.";
    }

    private string? Challenge(string algorithms, TextParameters response)
    {
        if (_hash is not null)
        {
            return "CHAP_A came twice.";
        }

        // In the initiator's order; numbers of the IANA registry "PPP Authentication Algorithms".
        foreach (string algorithm in algorithms.Split(','))
        {
#pragma warning disable CA5350, CA5351 // The algorithms that RFC 7143 and its initiators have; the list is the initiator's.
            _hash = algorithm switch
            {
                "5" => MD5.HashData,
                "6" => SHA1.HashData,
                "7" => SHA256.HashData,
                "8" when SHA3_256.IsSupported => SHA3_256.HashData,
                _ => null,
            };
#pragma warning restore CA5350, CA5351
            if (_hash is not null)
            {
                _challenge = RandomNumberGenerator.GetBytes(ChallengeLength);
                _identifier = RandomNumberGenerator.GetBytes(1)[0];
                response.Add("CHAP_A", algorithm);
                response.Add("CHAP_I", _identifier.ToString(CultureInfo.InvariantCulture));
                response.Add("CHAP_C", "0x" + Convert.ToHexStringLower(_challenge));
                return null;
            }
        }

        response.Add("CHAP_A", "Reject");
        return $"None of the CHAP algorithms '{algorithms}' is known here.";
    }

    private string? Check(string name, string proof, TextParameters request, TextParameters response)
    {
        byte[] expected = Proof(_identifier, authentication.Initiator.Secret, _challenge);
        bool hasProof = TryDecode(proof, expected.Length, out byte[] given) && CryptographicOperations.FixedTimeEquals(expected, given);
        bool hasName = CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(authentication.Initiator.UserName));
        if (!hasProof || !hasName)
        {
            return "The CHAP name or secret is wrong.";
        }

        string? identifier = request.Find("CHAP_I");
        string? challenge = request.Find("CHAP_C");
        if (identifier is null && challenge is null)
        {
            IsDone = true;
            return null;
        }

        if (authentication.Target is not { } target)
        {
            return "The initiator asks us for a CHAP secret, and none is configured.";
        }

        if (!byte.TryParse(identifier, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
            || challenge is null
            || !TryDecode(challenge, MaximumChallengeLength, out byte[] bytes)
            || bytes.Length == 0
            || bytes.AsSpan().SequenceEqual(_challenge))
        {
            // Our own challenge sent back to us would have us prove the initiator's claim (RFC 7143 12.1.3).
            return "The initiator's CHAP challenge is not valid.";
        }

        response.Add("CHAP_N", target.UserName);
        response.Add("CHAP_R", "0x" + Convert.ToHexStringLower(Proof(number, target.Secret, bytes)));
        IsDone = true;
        return null;
    }

    private byte[] Proof(byte identifier, string secret, byte[] challenge) => _hash!([identifier, .. Encoding.UTF8.GetBytes(secret), .. challenge]);

    // Binary values are hexadecimal or base64 (RFC 7143 6.1).
    private static bool TryDecode(string text, int maximumLength, out byte[] bytes)
    {
        bytes = [];
        ReadOnlySpan<char> digits = text.AsSpan(Math.Min(2, text.Length));
        if (digits.Length > 2 * maximumLength)
        {
            return false;
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            byte[] decoded = new byte[(digits.Length + 1) / 2];
            string even = digits.Length % 2 == 0 ? digits.ToString() : $"0{digits}";
            bool isHexadecimal = Convert.FromHexString(even, decoded, out _, out int written) == System.Buffers.OperationStatus.Done;
            bytes = isHexadecimal ? decoded[..written] : [];
            return isHexadecimal;
        }

        if (text.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
        {
            byte[] decoded = new byte[digits.Length];
            bool isBase64 = Convert.TryFromBase64Chars(digits, decoded, out int written);
            bytes = isBase64 ? decoded[..written] : [];
            return isBase64 && written <= maximumLength;
        }

        return false;
    }
}
