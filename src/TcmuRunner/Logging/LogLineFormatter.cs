// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace TcmuRunner.Logging;

/// <summary>
/// Writes an event as one line in the shape that the C program's users grep for:
/// <c>YYYY-MM-DD HH:MM:SS.mmm PID [LEVEL] [subtype/device] text</c>, in local time; the device where one is concerned, unless the text
/// has it in the middle. An exception follows on lines of its own, indented.
/// </summary>
/// <remarks>Not thread safe: one thread at a time writes to a log.</remarks>
internal sealed class LogLineFormatter : ITextFormatter
{
    /// <summary>The name under which messages and scopes carry a device.</summary>
    internal const string DeviceProperty = "Device";

    private readonly string _processId = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
    private readonly StringBuilder _text = new();

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        Span<char> time = stackalloc char[32];
        logEvent.Timestamp.TryFormat(time, out int length, "yyyy-MM-dd HH:mm:ss.fff ", CultureInfo.InvariantCulture);
        output.Write(time[..length]);
        output.Write(_processId);
        output.Write(LevelName(logEvent.Level));
        bool textNamesDevice = WriteText(logEvent);
        int start = 0;
        if (logEvent.Properties.TryGetValue(DeviceProperty, out LogEventPropertyValue? value)
            && value is ScalarValue { Value: string device })
        {
            start = LengthOfPrefix(device);
            if (start > 0 || !textNamesDevice)
            {
                output.Write('[');
                WriteOneLine(device, output);
                output.Write("] ");
            }
        }

        foreach (ReadOnlyMemory<char> chunk in _text.Remove(0, start).GetChunks())
        {
            WriteOneLine(chunk.Span, output);
        }

        output.Write('\n');
        if (logEvent.Exception is { } exception)
        {
            foreach (ReadOnlySpan<char> line in exception.ToString().AsSpan().EnumerateLines())
            {
                output.Write("    ");
                output.Write(line);
                output.Write('\n');
            }
        }
    }

    private static string LevelName(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => " [CRIT] ",
        LogEventLevel.Error => " [ERROR] ",
        LogEventLevel.Warning => " [WARN] ",
        LogEventLevel.Information => " [INFO] ",
        LogEventLevel.Debug => " [DEBUG] ",
        _ => " [DEBUG_SCSI_CMD] ",
    };

    private static void WriteValue(LogEventPropertyValue value, string? format, TextWriter output)
    {
        // Rendered by Serilog, a string would stand in quotes.
        if (value is ScalarValue { Value: string text })
        {
            output.Write(text);
        }
        else
        {
            value.Render(output, format, CultureInfo.InvariantCulture);
        }
    }

    // Names of devices and configuration strings come from outside: a line end in them must not start a line that looks like the daemon's.
    private static void WriteOneLine(ReadOnlySpan<char> text, TextWriter output)
    {
        foreach (char character in text)
        {
            output.Write(char.IsControl(character) ? '?' : character);
        }
    }

    // Most messages begin with "DEVICE: ", which the brackets stand for.
    private int LengthOfPrefix(string device)
    {
        if (_text.Length < device.Length + 2 || _text[device.Length] != ':' || _text[device.Length + 1] != ' ')
        {
            return 0;
        }

        for (int index = 0; index < device.Length; index++)
        {
            if (_text[index] != device[index])
            {
                return 0;
            }
        }

        return device.Length + 2;
    }

    private bool WriteText(LogEvent logEvent)
    {
        using var text = new StringWriter(_text.Clear(), CultureInfo.InvariantCulture);
        bool namesDevice = false;
        foreach (MessageTemplateToken token in logEvent.MessageTemplate.Tokens)
        {
            if (token is PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out LogEventPropertyValue? value))
            {
                namesDevice |= property.PropertyName == DeviceProperty;
                WriteValue(value, property.Format, text);
            }
            else
            {
                token.Render(logEvent.Properties, text, CultureInfo.InvariantCulture);
            }
        }

        return namesDevice;
    }
}
