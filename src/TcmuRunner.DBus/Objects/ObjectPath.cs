// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace TcmuRunner.DBus.Objects;

/// <summary>Paths of objects (D-Bus specification, "Valid Object Paths").</summary>
public static class ObjectPath
{
    /// <summary>
    /// Makes an element of a path from any text: ASCII letters and digits stay, every other byte of its UTF-8 becomes <c>_xx</c> in
    /// hexadecimal, and no text becomes <c>_</c>. Different texts become different elements, as with systemd's units.
    /// </summary>
    public static string Escape(string text)
    {
        if (text.Length == 0)
        {
            return "_";
        }

        var element = new StringBuilder(text.Length);
        foreach (byte unit in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)unit))
            {
                element.Append((char)unit);
            }
            else
            {
                element.Append(CultureInfo.InvariantCulture, $"_{unit:x2}");
            }
        }

        return element.ToString();
    }

    /// <summary>Whether a path lies beneath another one.</summary>
    internal static bool IsBeneath(string path, string ancestor) =>
        path != ancestor && (ancestor == "/" || (path.StartsWith(ancestor, StringComparison.Ordinal) && path[ancestor.Length] == '/'));
}
