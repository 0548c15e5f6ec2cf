// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace TcmuRunner.DBus.Objects;

/// <summary>Writes introspection data (D-Bus specification, "Introspection Data Format").</summary>
internal static class Introspection
{
    private const string DocumentType = """
        <!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">

        """;

    /// <summary>Describes a node of the tree.</summary>
    /// <param name="described">The object there; null for a node that only has others beneath it.</param>
    /// <param name="children">The next elements of the paths beneath.</param>
    internal static string Describe(BusObject? described, IReadOnlyList<string> children)
    {
        StringBuilder text = new StringBuilder(DocumentType).Append("<node>\n").Append(StandardInterfaces.Description);
        if (described is { IsManager: true })
        {
            text.Append(StandardInterfaces.ManagerDescription);
        }

        foreach (BusInterface @interface in described?.Interfaces ?? [])
        {
            Describe(@interface, text);
        }

        foreach (string child in children)
        {
            text.Append("  <node name=\"").Append(child).Append("\"/>\n");
        }

        return text.Append("</node>\n").ToString();
    }

    /// <summary>Describes one interface.</summary>
    internal static void Describe(BusInterface described, StringBuilder text)
    {
        text.Append("  <interface name=\"").Append(described.Name).Append("\">\n");
        foreach (BusMethod method in described.Methods)
        {
            text.Append("    <method name=\"").Append(method.Name).Append("\">\n");
            Describe(method.Inputs, " direction=\"in\"", text);
            Describe(method.Outputs, " direction=\"out\"", text);
            text.Append("    </method>\n");
        }

        foreach (BusSignal signal in described.Signals)
        {
            text.Append("    <signal name=\"").Append(signal.Name).Append("\">\n");
            Describe(signal.Arguments, "", text);
            text.Append("    </signal>\n");
        }

        foreach (BusProperty property in described.Properties)
        {
            text.Append("    <property type=\"").Append(property.Signature).Append("\" name=\"").Append(property.Name)
                .Append("\" access=\"read\">\n      <annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\" value=\"")
                .Append(property.Change).Append("\"/>\n    </property>\n");
        }

        text.Append("  </interface>\n");
    }

    private static void Describe(IReadOnlyList<BusArgument> arguments, string direction, StringBuilder text)
    {
        foreach (BusArgument argument in arguments)
        {
            text.Append("      <arg type=\"").Append(argument.Signature).Append("\" name=\"").Append(argument.Name).Append('"')
                .Append(direction).Append("/>\n");
        }
    }
}
