// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>The attributes of an object: named values that are read from and written to the kernel at once.</summary>
public sealed class AttributeSet
{
    private readonly IConfigFs _files;
    private readonly string _path;
    private readonly string _noun;

    internal AttributeSet(IConfigFs files, string path, string noun)
    {
        _files = files;
        _path = path;
        _noun = noun;
    }

    /// <summary>The names, by ordinal order; none when the object has no such thing.</summary>
    public IReadOnlyList<string> Names => _files.List(_path);

    /// <summary>The value of an attribute, as text without white space around it.</summary>
    /// <param name="name">The kernel's name, case-sensitive.</param>
    /// <exception cref="LioException">There is none of that name, or the kernel refuses the value.</exception>
    public string this[string name]
    {
        get => _files.Read(PathOf(name));
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _files.Write(PathOf(name), value);
        }
    }

    /// <summary>True when the object has an attribute of this name.</summary>
    public bool Contains(string name) => IsName(name) && _files.IsFile($"{_path}/{name}");

    /// <summary>True when root may write the attribute.</summary>
    /// <exception cref="LioException">There is none of that name.</exception>
    public bool IsWritable(string name) => _files.Rights(PathOf(name)).Writable;

    /// <summary>A number.</summary>
    /// <exception cref="LioException">There is none of that name, or it is not a number.</exception>
    public long GetNumber(string name) =>
        long.TryParse(this[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new LioException(LioErrorKind.Invalid, $"The {_noun} {name} is '{this[name]}', not a number.") { Path = PathOf(name) };

    internal JsonObject Dump(bool numbers)
    {
        var dump = new JsonObject();
        foreach (string name in Names)
        {
            if (_files.Rights($"{_path}/{name}") is not (true, true))
            {
                continue;
            }

            string value = this[name];
            dump[name] = numbers && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? JsonValue.Create(number)
                : JsonValue.Create(value);
        }

        return dump;
    }

    // A name comes from a file or a person: it must not lead out of the directory.
    private static bool IsName(string name) => name.Length > 0 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal);

    private string PathOf(string name) =>
        Contains(name) ? $"{_path}/{name}" : throw new LioException(LioErrorKind.NotFound, $"There is no {_noun} '{name}' in {_path}.") { Path = _path };
}
