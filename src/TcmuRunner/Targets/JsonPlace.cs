// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace TcmuRunner.Targets;

/// <summary>A value of a JSON file that knows where it stands, so that what is wrong with it can be found.</summary>
/// <param name="Element">The value.</param>
/// <param name="Path">Where it stands.</param>
internal readonly record struct JsonPlace(JsonElement Element, string Path)
{
    /// <summary>A member of an object, or null where it is absent or null.</summary>
    internal JsonPlace? Find(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("is not an object.");
        }

        return Element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? new JsonPlace(member, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    /// <summary>A member that must be there.</summary>
    internal JsonPlace Get(string name) => Find(name) ?? throw Wrong($"'{name}' is missing.");

    /// <summary>The items of a member that is a list; none where it is absent.</summary>
    internal IEnumerable<JsonPlace> Items(string name)
    {
        if (Find(name) is not { } list)
        {
            yield break;
        }

        if (list.Element.ValueKind != JsonValueKind.Array)
        {
            throw list.Wrong("is not a list.");
        }

        int index = 0;
        foreach (JsonElement item in list.Element.EnumerateArray())
        {
            yield return new JsonPlace(item, $"{list.Path}[{index++}]");
        }
    }

    /// <summary>The value as text.</summary>
    internal string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("is not a text.");

    /// <summary>The value as a whole number; configfs writes numbers as text too.</summary>
    internal long Number(long least, long most)
    {
        bool isNumber = Element.ValueKind switch
        {
            JsonValueKind.Number => Element.TryGetInt64(out _),
            JsonValueKind.String => long.TryParse(Element.GetString(), out _),
            _ => false,
        };
        long number = !isNumber ? throw Wrong("is not a whole number.")
            : Element.ValueKind == JsonValueKind.Number ? Element.GetInt64()
            : long.Parse(Element.GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        return number >= least && number <= most ? number : throw Wrong($"is {number}; {least} to {most} are possible.");
    }

    /// <summary>The value as yes or no: a boolean, or 0 and 1, or Yes and No as iSCSI writes them.</summary>
    internal bool Flag() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when Element.GetString() is "Yes" or "1" => true,
        JsonValueKind.String when Element.GetString() is "No" or "0" => false,
        JsonValueKind.Number when Element.TryGetInt32(out int number) && number is 0 or 1 => Element.GetInt32() == 1,
        _ => throw Wrong("is neither true nor false."),
    };

    /// <summary>An error that names the place.</summary>
    internal TargetsException Wrong(string reason) => new(Path, reason);
}
