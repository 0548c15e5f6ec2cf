// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>Names of iSCSI nodes (RFC 7143 4.2.7): <c>iqn.</c>, <c>eui.</c> and <c>naa.</c>.</summary>
public static class IscsiName
{
    /// <summary>The longest name in bytes.</summary>
    public const int MaximumLength = 223;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.:");
    private static readonly SearchValues<char> s_hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>Checks a name and brings it into the form in which names are compared: lower case.</summary>
    /// <param name="text">The name as given.</param>
    /// <param name="name">The name to work with.</param>
    /// <param name="reason">What is wrong with it, as a sentence.</param>
    public static bool TryNormalize(string text, [NotNullWhen(true)] out string? name, [NotNullWhen(false)] out string? reason)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = null;
        string lower = text.ToLowerInvariant();
        reason = lower switch
        {
            { Length: 0 } => "The name is empty.",
            { Length: > MaximumLength } => $"The name has {text.Length} characters; {MaximumLength} are the most.",
            _ when lower.StartsWith("iqn.", StringComparison.Ordinal) => CheckQualifiedName(lower),
            _ when lower.StartsWith("eui.", StringComparison.Ordinal) => CheckDigits(lower, 16, 16),
            _ when lower.StartsWith("naa.", StringComparison.Ordinal) => CheckDigits(lower, 16, 32),
            _ => $"'{text}' begins neither with 'iqn.' nor with 'eui.' nor with 'naa.'.",
        };
        if (reason is not null)
        {
            return false;
        }

        name = lower;
        return true;
    }

    // The date and the naming authority are not looked at: names without them are in use everywhere.
    private static string? CheckQualifiedName(string name)
    {
        int bad = name.AsSpan().IndexOfAnyExcept(s_allowed);
        return bad >= 0 && name[bad] < 0x80 && name[bad] is not '_'
            ? $"'{name}' has a character that a name may not have: '{name[bad]}'."
            : name.Length == 4 ? $"'{name}' ends after its prefix." : null;
    }

    private static string? CheckDigits(string name, int shortest, int longest)
    {
        ReadOnlySpan<char> digits = name.AsSpan(4);
        return (digits.Length == shortest || digits.Length == longest) && !digits.ContainsAnyExcept(s_hexadecimal)
            ? null
            : $"'{name}' does not have {(shortest == longest ? $"{shortest}" : $"{shortest} or {longest}")} hexadecimal digits after its prefix.";
    }
}
