// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>Type signatures (D-Bus specification, "Type system"), and what stands for each type in .NET.</summary>
/// <remarks>
/// <code>
///  y byte    b bool    n short   q ushort   i int   u uint   x long   t ulong   d double   s o g string
///  a  List&lt;object&gt;, written from any IEnumerable     a{kv}  Dictionary&lt;object, object&gt;, written from any IDictionary
///  () object[]            v  BusVariant when written, the value inside when read
/// </code>
/// File descriptors (<c>h</c>) are not supported.
/// </remarks>
public static class BusSignature
{
    private const int MaximumDepth = 32;

    /// <summary>Splits a signature into its complete types.</summary>
    /// <exception cref="ArgumentException">It is not a signature.</exception>
    public static IReadOnlyList<string> Split(string signature)
    {
        var types = new List<string>();
        for (int start = 0; start < signature.Length;)
        {
            int end = EndOfType(signature, start, 0);
            types.Add(signature[start..end]);
            start = end;
        }

        return types;
    }

    private static int EndOfType(string signature, int start, int depth)
    {
        if (start >= signature.Length || depth > MaximumDepth)
        {
            throw Invalid(signature);
        }

        switch (signature[start])
        {
            case 'y' or 'b' or 'n' or 'q' or 'i' or 'u' or 'x' or 't' or 'd' or 's' or 'o' or 'g' or 'v':
                return start + 1;
            case 'a' when start + 1 < signature.Length && signature[start + 1] == '{':
                int value = EndOfType(signature, start + 2, depth + 1);
                int end = EndOfType(signature, value, depth + 1);
                bool isDictionary = value == start + 3 && signature[start + 2] != 'v' && end < signature.Length && signature[end] == '}';
                return isDictionary ? end + 1 : throw Invalid(signature);
            case 'a':
                return EndOfType(signature, start + 1, depth + 1);
            case '(':
                int next = EndOfType(signature, start + 1, depth + 1);
                while (next < signature.Length && signature[next] != ')')
                {
                    next = EndOfType(signature, next, depth + 1);
                }

                return next < signature.Length ? next + 1 : throw Invalid(signature);
            default:
                throw Invalid(signature);
        }
    }

    private static ArgumentException Invalid(string signature) =>
        new($"'{signature}' is not a D-Bus signature that is supported here.", nameof(signature));
}
