// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.Abstractions;

/// <summary>
/// A parsed configuration string, <c>subtype/argument[;option[=value]...]</c>, as in <c>file//srv/disk.img;direct</c>. The subtype ends at
/// the first <c>/</c>; the argument keeps every later one, so an absolute path follows a double slash.
/// </summary>
/// <remarks>Immutable. The text is untrusted: it comes from configfs, from D-Bus or from a file.</remarks>
public sealed class ConfigurationString
{
    /// <summary>The most characters a configuration string may have; the kernel's limit is 255, other fronts allow a path's length.</summary>
    public const int MaximumLength = 4096;

    private ConfigurationString(string text, string subtype, string argument, string path, ImmutableArray<KeyValuePair<string, string?>> options)
    {
        Text = text;
        Subtype = subtype;
        Argument = argument;
        Path = path;
        Options = options;
    }

    /// <summary>The whole string.</summary>
    public string Text { get; }

    /// <summary>What stands before the first <c>/</c>: names the handler.</summary>
    public string Subtype { get; }

    /// <summary>What stands behind the first <c>/</c>, options included; empty where there is none.</summary>
    public string Argument { get; }

    /// <summary>The argument without its options.</summary>
    public string Path { get; }

    /// <summary>The options in the order given; the value is null for one without <c>=</c>. A key may occur once.</summary>
    public ImmutableArray<KeyValuePair<string, string?>> Options { get; }

    /// <summary>Parses a configuration string.</summary>
    /// <param name="text">The text; one trailing newline, as <c>echo</c> leaves it in configfs, is dropped. Null counts as empty.</param>
    /// <param name="configuration">The parsed string.</param>
    /// <param name="reason">Why it was refused, as a sentence.</param>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out ConfigurationString? configuration,
        [NotNullWhen(false)] out string? reason)
    {
        configuration = null;
        text ??= string.Empty;
        text = text.EndsWith('\n') ? text[..^1] : text;
        if (text.Length > MaximumLength)
        {
            reason = $"The configuration string has {text.Length} characters; at most {MaximumLength} are allowed.";
            return false;
        }

        int control = text.AsSpan().IndexOfAnyInRange('\0', '\x1f');
        if (control >= 0)
        {
            reason = $"The configuration string has a control character (code {(int)text[control]}) at position {control}.";
            return false;
        }

        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string subtype = slash < 0 ? text : text[..slash];
        if (subtype.Length == 0)
        {
            reason = $"The configuration string '{text}' does not start with a handler's subtype, as in 'file//srv/disk.img'.";
            return false;
        }

        string argument = slash < 0 ? string.Empty : text[(slash + 1)..];
        string[] parts = argument.Split(';');
        var options = ImmutableArray.CreateBuilder<KeyValuePair<string, string?>>();
        foreach (string part in parts.Skip(1).Where(part => part.Length > 0))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? part : part[..equals];
            if (key.Length == 0 || options.Any(option => option.Key == key))
            {
                reason = key.Length == 0
                    ? $"The option '{part}' has no name."
                    : $"The option '{key}' is given twice.";
                return false;
            }

            options.Add(new(key, equals < 0 ? null : part[(equals + 1)..]));
        }

        configuration = new ConfigurationString(text, subtype, argument, parts[0], options.ToImmutable());
        reason = null;
        return true;
    }

    /// <summary>Whether an option is given, with or without a value.</summary>
    /// <param name="key">The option's name; case matters.</param>
    public bool HasOption(string key) => Options.Any(option => option.Key == key);

    /// <summary>The value of an option, or null where it is absent or has none.</summary>
    /// <param name="key">The option's name; case matters.</param>
    public string? GetOption(string key) => Options.FirstOrDefault(option => option.Key == key).Value;

    /// <summary>The same configuration without one option: used for options that the daemon takes for itself.</summary>
    /// <param name="key">The option's name.</param>
    public ConfigurationString WithoutOption(string key)
    {
        if (!HasOption(key))
        {
            return this;
        }

        ImmutableArray<KeyValuePair<string, string?>> rest = Options.RemoveAll(option => option.Key == key);
        string argument = Path + string.Concat(rest.Select(option => option.Value is null ? $";{option.Key}" : $";{option.Key}={option.Value}"));
        return new ConfigurationString($"{Subtype}/{argument}", Subtype, argument, Path, rest);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
