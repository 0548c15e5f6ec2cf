// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Configuration;

/// <summary>
/// The grammar of <c>tcmu.conf</c>, one setting per line: <c>key = value</c>, <c>key = "value"</c>, <c>key = 'value'</c>, <c>key</c> alone
/// for true, and <c>#</c> for a comment that ends with its line.
/// </summary>
/// <remarks>
/// Not the INI reader of Microsoft.Extensions.Configuration: it gives up a whole file for one key that stands alone or appears twice, keeps
/// single quotes and trailing comments as part of the value, and does not tell lines, all of which files in the field need.
/// </remarks>
internal static class ConfigurationText
{
    /// <summary>Splits a file into its settings, in order.</summary>
    /// <param name="text">The file; untrusted.</param>
    /// <param name="entries">Receives the settings.</param>
    /// <param name="problems">Receives the lines that are none, with the reason.</param>
    internal static void Parse(string text, List<ConfigurationEntry> entries, List<ConfigurationProblem> problems)
    {
        int number = 0;
        for (int position = 0; position < text.Length; position++)
        {
            int end = text.IndexOf('\n', position);
            end = end < 0 ? text.Length : end;
            ReadOnlySpan<char> line = text.AsSpan(position, end - position).Trim();
            position = end;
            number++;
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            int keyLength = 0;
            while (keyLength < line.Length && line[keyLength] is not '=' and not ' ' and not '\t' and not '#')
            {
                keyLength++;
            }

            ReadOnlySpan<char> key = line[..keyLength];
            ReadOnlySpan<char> rest = line[key.Length..].TrimStart();
            if (!IsKey(key))
            {
                problems.Add(new ConfigurationProblem(number, key.ToString(), "the line is not a setting: 'key = value' is expected"));
            }
            else if (rest.IsEmpty || rest[0] == '#')
            {
                entries.Add(new ConfigurationEntry(number, key.ToString(), "true"));
            }
            else if (rest[0] == '=' && TryReadValue(rest[1..].Trim(), out ReadOnlySpan<char> value))
            {
                entries.Add(new ConfigurationEntry(number, key.ToString(), value.ToString()));
            }
            else
            {
                problems.Add(new ConfigurationProblem(number, key.ToString(), "the value is not a word or text in quotes"));
            }
        }
    }

    private static bool IsKey(ReadOnlySpan<char> key)
    {
        foreach (char character in key)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not '_' and not '-' and not '.')
            {
                return false;
            }
        }

        return !key.IsEmpty;
    }

    private static bool TryReadValue(ReadOnlySpan<char> text, out ReadOnlySpan<char> value)
    {
        value = default;
        if (text.IsEmpty || text[0] == '#')
        {
            return false;
        }

        if (text[0] is '"' or '\'')
        {
            int end = text[1..].IndexOf(text[0]);
            if (end < 0)
            {
                return false;
            }

            value = text.Slice(1, end);
            ReadOnlySpan<char> after = text[(end + 2)..].TrimStart();
            return after.IsEmpty || after[0] == '#';
        }

        int comment = text.IndexOf('#');
        value = comment > 0 && char.IsWhiteSpace(text[comment - 1]) ? text[..comment].TrimEnd() : text;
        return true;
    }
}
