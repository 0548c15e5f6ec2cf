// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Lio;

/// <summary>Finds values in the text of a storage object's <c>info</c>, which the kernel writes for people: labels, colons, values.</summary>
/// <remarks>A path or configuration in the middle may hold anything, so labels behind it are looked for from the end.</remarks>
internal readonly ref struct InfoText(string text)
{
    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>The word behind the last <paramref name="label"/>; empty when there is none.</summary>
    internal string Word(string label)
    {
        ReadOnlySpan<char> text = _text;
        while (text.LastIndexOf(label, StringComparison.Ordinal) is >= 0 and int start)
        {
            ReadOnlySpan<char> after = text[(start + label.Length)..];
            if (after.StartsWith(":") && (start == 0 || char.IsWhiteSpace(text[start - 1])))
            {
                after = after[1..].TrimStart();
                int end = after.IndexOfAny(' ', '\n', '\t');
                return (end < 0 ? after : after[..end]).ToString();
            }

            text = text[..start];
        }

        return "";
    }

    /// <summary>The number behind the last <paramref name="label"/>, or null.</summary>
    internal long? Number(string label) =>
        long.TryParse(Word(label), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>What stands between two labels, without white space around it.</summary>
    internal string Between(string first, string second)
    {
        int start = _text.IndexOf(first, StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        ReadOnlySpan<char> rest = _text[(start + first.Length)..];
        int end = rest.LastIndexOf(second, StringComparison.Ordinal);
        return (end < 0 ? rest : rest[..end]).Trim().ToString();
    }
}
