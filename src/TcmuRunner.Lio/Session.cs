// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Lio;

/// <summary>A session of an initiator, as it was when it was asked for.</summary>
/// <param name="NodeAcl">The initiator.</param>
/// <param name="Id">LIO's number of the session.</param>
/// <param name="Type">As the kernel writes it: <c>Normal</c> or <c>Discovery</c>.</param>
/// <param name="State">As the kernel writes it, as in <c>LOGGED_IN</c>.</param>
/// <param name="Alias">What the initiator calls itself; empty when it does not say.</param>
/// <param name="Connections">Its connections.</param>
public sealed record Session(NodeAcl NodeAcl, int Id, string Type, string State, string Alias, IReadOnlyList<SessionConnection> Connections)
{
    // drivers/target/iscsi/iscsi_target_configfs.c, lio_target_nacl_info_show: lines of labels and values, meant for people.
    internal static Session? Parse(NodeAcl acl, string info)
    {
        int id = 0;
        string type = "", state = "", alias = "";
        bool found = false;
        var connections = new List<SessionConnection>();
        foreach (string line in info.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("InitiatorAlias:", StringComparison.Ordinal))
            {
                alias = line["InitiatorAlias:".Length..].Trim();
            }
            else if (line.StartsWith("LIO Session ID:", StringComparison.Ordinal))
            {
                found = true;
                _ = int.TryParse(After(line, "LIO Session ID:"), NumberStyles.None, CultureInfo.InvariantCulture, out id);
                type = After(line, "SessionType:");
            }
            else if (line.Contains("TARG_SESS_STATE_", StringComparison.Ordinal))
            {
                state = After(line, "TARG_SESS_STATE_");
            }
            else if (line.Contains("TARG_CONN_STATE_", StringComparison.Ordinal))
            {
                _ = int.TryParse(After(line, "CID:"), NumberStyles.None, CultureInfo.InvariantCulture, out int connection);
                connections.Add(new SessionConnection(connection, After(line, "TARG_CONN_STATE_"), "", ""));
            }
            else if (connections.Count > 0 && line.StartsWith("Address", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                connections[^1] = connections[^1] with { Address = words.ElementAtOrDefault(1) ?? "", Transport = words.ElementAtOrDefault(2) ?? "" };
            }
        }

        return found ? new Session(acl, id, type, state, alias, connections) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{NodeAcl} session {Id.ToString(CultureInfo.InvariantCulture)} {State}";

    // The word behind a label.
    private static string After(string line, string label)
    {
        int start = line.IndexOf(label, StringComparison.Ordinal);
        return start < 0 ? "" : line[(start + label.Length)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
    }
}
