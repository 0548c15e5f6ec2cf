// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Native;

namespace TcmuRunner.DBus.Wire;

/// <summary>
/// Reads the values of a message, which sd-bus has checked for form; see <see cref="BusSignature"/> for what stands for which type.
/// </summary>
internal static unsafe class MessageReader
{
    /// <summary>Reads all values of a message from the start.</summary>
    /// <exception cref="BusException">There is a type among them that is not supported.</exception>
    internal static object[] ReadAll(nint message)
    {
        var values = new List<object>();
        while (TryRead(message, out object? value))
        {
            values.Add(value!);
        }

        return [.. values];
    }

    private static bool TryRead(nint message, out object? value)
    {
        value = null;
        if (Check(LibSystemd.MessagePeekType(message, out byte type, out nint contents)) == 0)
        {
            return false;
        }

        value = (char)type switch
        {
            's' or 'o' or 'g' => LibSystemd.Text((nint)ReadBasic(message, type))!,
            'b' => (int)ReadBasic(message, type) != 0,
            'y' => (byte)ReadBasic(message, type),
            'n' => (short)ReadBasic(message, type),
            'q' => (ushort)ReadBasic(message, type),
            'i' => (int)ReadBasic(message, type),
            'u' => (uint)ReadBasic(message, type),
            'x' => ReadBasic(message, type),
            't' => (ulong)ReadBasic(message, type),
            'd' => BitConverter.Int64BitsToDouble(ReadBasic(message, type)),
            'v' => ReadContainer(message, type, contents)[0],
            'r' => ReadContainer(message, type, contents).ToArray(),
            'a' when LibSystemd.Text(contents)![0] == '{' => ReadDictionary(message, type, contents),
            'a' => ReadContainer(message, type, contents),
            _ => throw new BusException(BusErrorKind.Protocol, $"A message has a value of the D-Bus type '{(char)type}', which is not supported."),
        };
        return true;
    }

    private static List<object> ReadContainer(nint message, byte type, nint contents)
    {
        Check(LibSystemd.MessageEnterContainer(message, type, contents));
        var values = new List<object>();
        while (TryRead(message, out object? value))
        {
            values.Add(value!);
        }

        Check(LibSystemd.MessageExitContainer(message));
        return values;
    }

    private static Dictionary<object, object> ReadDictionary(nint message, byte type, nint contents)
    {
        Check(LibSystemd.MessageEnterContainer(message, type, contents));
        var values = new Dictionary<object, object>();
        while (Check(LibSystemd.MessagePeekType(message, out byte entry, out nint types)) != 0)
        {
            List<object> pair = ReadContainer(message, entry, types);
            values[pair[0]] = pair[1];
        }

        Check(LibSystemd.MessageExitContainer(message));
        return values;
    }

    // sd-bus writes as many bytes as the type has; the rest stays zero.
    private static long ReadBasic(nint message, byte type)
    {
        long bits = 0;
        Check(LibSystemd.MessageReadBasic(message, type, &bits));
        return BitConverter.IsLittleEndian
            ? bits
            : bits >>> ((char)type switch { 'y' => 56, 'n' or 'q' => 48, 'b' or 'i' or 'u' => 32, _ => 0 });
    }

    private static int Check(int result) => result >= 0
        ? result
        : throw new BusException(BusErrorKind.Protocol, $"A message could not be read (errno {-result}).");
}
