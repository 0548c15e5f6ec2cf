// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TcmuRunner.Iscsi.Login;

/// <summary>The <c>key=value</c> pairs of Login and Text PDUs, each ended by a zero byte (RFC 7143 6.1). What is read is untrusted.</summary>
internal sealed class TextParameters
{
    /// <summary>The longest key name and the longest value that have to be taken (RFC 7143 6.1).</summary>
    private const int MaximumKeyLength = 63, MaximumValueLength = 8192;

    private readonly List<KeyValuePair<string, string>> _pairs = [];

    /// <summary>The pairs, in order.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs;

    /// <summary>Reads pairs.</summary>
    /// <param name="bytes">The text of one request or of several, without padding.</param>
    /// <param name="parameters">The pairs.</param>
    /// <param name="reason">What is wrong with the text.</param>
    internal static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TextParameters? parameters, [NotNullWhen(false)] out string? reason)
    {
        parameters = null;
        reason = null;
        var result = new TextParameters();
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)0);
            if (end < 0)
            {
                reason = "A key=value pair is not ended by a zero byte.";
                return false;
            }

            ReadOnlySpan<byte> pair = bytes[..end];
            bytes = bytes[(end + 1)..];
            if (pair.IsEmpty)
            {
                // Some initiators count the padding as text.
                continue;
            }

            int equals = pair.IndexOf((byte)'=');
            if (equals is <= 0 or > MaximumKeyLength || pair.Length - equals - 1 > MaximumValueLength || pair.ContainsAnyExceptInRange((byte)0x20, (byte)0xFE))
            {
                reason = "A key=value pair has no key, or one that is too long, or characters that are not allowed.";
                return false;
            }

            result._pairs.Add(new(Encoding.UTF8.GetString(pair[..equals]), Encoding.UTF8.GetString(pair[(equals + 1)..])));
        }

        parameters = result;
        return true;
    }

    /// <summary>Adds a pair.</summary>
    internal void Add(string key, string value) => _pairs.Add(new(key, value));

    /// <summary>The value of a key, or null.</summary>
    internal string? Find(string key)
    {
        foreach ((string name, string value) in _pairs)
        {
            if (name == key)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Writes all pairs as they go into a data segment.</summary>
    internal byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in _pairs)
        {
            text.Append(key).Append('=').Append(value).Append('\0');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
