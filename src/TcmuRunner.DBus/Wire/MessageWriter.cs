// SPDX-License-Identifier: Apache-2.0
using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using TcmuRunner.DBus.Native;

namespace TcmuRunner.DBus.Wire;

/// <summary>Appends values to a message; see <see cref="BusSignature"/> for what stands for which type.</summary>
internal static unsafe class MessageWriter
{
    /// <summary>Appends one value for each complete type of a signature.</summary>
    /// <exception cref="BusException">The values are not of these types.</exception>
    internal static void Write(nint message, string signature, ReadOnlySpan<object> values)
    {
        IReadOnlyList<string> types = BusSignature.Split(signature);
        if (types.Count != values.Length)
        {
            throw new BusException(BusErrorKind.Protocol, $"{values.Length} values were given for the signature '{signature}'.");
        }

        for (int index = 0; index < types.Count; index++)
        {
            Append(message, types[index], values[index]);
        }
    }

    private static void Append(nint message, string type, object value)
    {
        try
        {
            switch (type[0])
            {
                case 's' or 'o' or 'g':
                    AppendText(message, type[0], (string)value);
                    break;
                case 'v':
                    var variant = (BusVariant)value;
                    Open(message, 'v', variant.Signature);
                    Append(message, variant.Signature, variant.Value);
                    Close(message);
                    break;
                case 'a' when type[1] == '{':
                    AppendDictionary(message, type, (IDictionary)value);
                    break;
                case 'a':
                    AppendArray(message, type[1..], (IEnumerable)value);
                    break;
                case '(':
                    Open(message, 'r', type[1..^1]);
                    Write(message, type[1..^1], (object[])value);
                    Close(message);
                    break;
                default:
                    AppendFixed(message, type[0], value);
                    break;
            }
        }
        catch (InvalidCastException exception)
        {
            throw new BusException(BusErrorKind.Protocol, $"A {value.GetType().Name} cannot be written as the D-Bus type '{type}'.", exception);
        }
    }

    private static void AppendDictionary(nint message, string type, IDictionary values)
    {
        string entry = type[2..^1];
        IReadOnlyList<string> types = BusSignature.Split(entry);
        Open(message, 'a', type[1..]);
        foreach (DictionaryEntry pair in values)
        {
            Open(message, 'e', entry);
            Append(message, types[0], pair.Key);
            Append(message, types[1], pair.Value!);
            Close(message);
        }

        Close(message);
    }

    private static void AppendArray(nint message, string type, IEnumerable values)
    {
        Open(message, 'a', type);
        foreach (object value in values)
        {
            Append(message, type, value);
        }

        Close(message);
    }

    private static void AppendText(nint message, char type, string value)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(value);
        try
        {
            Check(LibSystemd.MessageAppendBasic(message, (byte)type, (void*)text));
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    // All of them fit into eight bytes, in the order of this machine.
    private static void AppendFixed(nint message, char type, object value)
    {
        long bits = type switch
        {
            'y' => (byte)value,
            'b' => (bool)value ? 1 : 0,
            'n' => (short)value,
            'q' => (ushort)value,
            'i' => (int)value,
            'u' => (uint)value,
            'x' => (long)value,
            't' => (long)(ulong)value,
            'd' => BitConverter.DoubleToInt64Bits((double)value),
            _ => throw new BusException(BusErrorKind.Protocol, string.Create(CultureInfo.InvariantCulture, $"The D-Bus type '{type}' is not supported.")),
        };
        if (!BitConverter.IsLittleEndian && type is not ('x' or 't' or 'd'))
        {
            bits <<= type switch { 'y' => 56, 'n' or 'q' => 48, _ => 32 };
        }

        Check(LibSystemd.MessageAppendBasic(message, (byte)type, &bits));
    }

    private static void Open(nint message, char type, string contents) =>
        Check(LibSystemd.MessageOpenContainer(message, (byte)type, contents));

    private static void Close(nint message) => Check(LibSystemd.MessageCloseContainer(message));

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new BusException(BusErrorKind.Protocol, $"A value could not be added to a message (errno {-result}).");
        }
    }
}
